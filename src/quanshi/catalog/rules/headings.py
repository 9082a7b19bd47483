"""The columns as a workbook of a Chinese shop calls them, with what its second sheet says of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from quanshi.catalog.rules.rows import (
    ATTRIBUTES,
    MEASURE,
    MORE_ALTS,
    MORE_PICTURES,
    PERSON_LIMIT,
    PUBLISH_AT,
    SEO_DESCRIPTION,
    SEO_TITLE,
    WITHDRAW_AT,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: its usual name, the workbook's, and what the workbook's second sheet says of it."""

    name: str
    title: str
    meaning: str
    example: str = ""
    is_required: bool = False


HEADINGS: Final = (
    Heading(
        "Handle",
        "商品编码",
        "唯一编码：字母、数字、连字符、下划线或点；多规格的每一行都填同一编码。",
        "linen-shirt",
        is_required=True,
    ),
    Heading("Title", "商品标题", "写在商品的第一行，最多 255 字。", "亚麻衬衫", is_required=True),
    Heading("Body (HTML)", "商品描述", "可用简单的 HTML；脚本、样式、链接会被去掉。", "<p>轻薄透气。</p>"),
    Heading("Vendor", "品牌", "品牌或生产者。", "远山"),
    Heading("Type", "分类", "从大到小，用 > 隔开，最多 6 级。", "服饰 > 衬衫"),
    Heading("Tags", "标签", "用英文逗号隔开。", "夏季, 新品"),
    Heading("Status", "状态", "在售、草稿或下架；不填即在售。", "在售"),
    Heading("Option1 Name", "规格名1", "没有规格就不填。最多三种规格，写在商品的第一行。", "尺码"),
    Heading("Option1 Value", "规格值1", "这一行的规格值。", "M"),
    Heading("Option2 Name", "规格名2", "第二种规格。", "颜色"),
    Heading("Option2 Value", "规格值2", "这一行的第二个规格值。", "米白"),
    Heading("Option3 Name", "规格名3", "第三种规格。"),
    Heading("Option3 Value", "规格值3", "这一行的第三个规格值。"),
    Heading("Variant Price", "售价", "如 199 或 199.00；可带 ¥ 和千分位逗号。", "199.00", is_required=True),
    Heading(
        "Variant Compare At Price",
        "划线价",
        "须高于售价；只有不高于降价前七日内的最低售价时才会展示（市场监管总局令第56号第十六条）。",
    ),
    Heading("Variant SKU", "货号", "仓库里的编号；请把此列设为文本，以免开头的 0 丢失。", "LS-M-W"),
    Heading("Variant Barcode", "条码", "13 位条码请设为文本格式。"),
    Heading("Variant Inventory Qty", "库存", "只在新建规格时作为期初库存。", "20"),
    Heading("Variant Grams", "重量(克)", "含包装的克重。", "320"),
    Heading(MEASURE, "净含量", "如 500 g、750 ml、6 件；页面据此显示单价。", "1 件"),
    Heading(PERSON_LIMIT, "每人限购", "不填即不限。"),
    Heading("Image Src", "图片", "网址，或与表格同一文件夹内的文件名。", "https://example.com/shirt.jpg"),
    Heading("Image Alt Text", "图片说明", "给看不到图片的人。", "挂在木衣架上的亚麻衬衫"),
    Heading(MORE_PICTURES, "更多图片", "每行一张（单元格内按 Alt+Enter 换行）。"),
    Heading(MORE_ALTS, "更多图片说明", "与“更多图片”逐行对应。"),
    Heading("Variant Image", "规格图片", "这一规格自己的图片。"),
    Heading(ATTRIBUTES, "参数", "每行一条：名称: 值。", "面料: 亚麻\n产地: 浙江"),
    Heading(SEO_TITLE, "搜索标题", "搜索引擎里的标题；不填即用商品标题。"),
    Heading(SEO_DESCRIPTION, "搜索描述", "搜索结果里标题下的一段话。"),
    Heading(PUBLISH_AT, "定时上架", "如 2026-12-31 20:00；到时自动在售。"),
    Heading(WITHDRAW_AT, "定时下架", "如 2027-01-07 20:00；到时自动下架。"),
)
NAMES: Final = {heading.title: heading.name for heading in HEADINGS}
TITLES: Final = {heading.name: heading.title for heading in HEADINGS}
REQUIRED: Final = tuple(heading.name for heading in HEADINGS if heading.is_required)
