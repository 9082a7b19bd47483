"""What the simulated buyers say of what they got, good and bad. A demo shop's pages call each of them simulated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from quanshi.demo.crowd import LOCALE, World, guest_of
from quanshi.demo.scripts import SCRIPTS
from quanshi.kernel import clock
from quanshi.orders import selectors as order_reads
from quanshi.orders.types import OrderState
from quanshi.reviews import selectors as reads
from quanshi.reviews import services as reviews


@dataclass(frozen=True, slots=True)
class Said:
    """One review: of which line of which story, how long after receipt, and what came of it."""

    script: str
    line: int
    hours: float
    stars: int
    text: str
    addition: str = ""  # ten days later
    reply: str = ""  # a day later


REVIEWS: Final[tuple[Said, ...]] = (
    Said(
        "t-closed-1",
        0,
        30,
        5,
        "碗沿真的不烫手，出汤利落。兰草两片叶子画得不一样，喜欢这种手工的痕迹。",
        addition="用了十天，盖沿没有磕碰，茶渍一擦就掉。",
        reply="谢谢！每只的叶子都是当天画的，您这只是下午画的。",
    ),
    Said("t-closed-1", 1, 31, 4, "香气清，第三泡就淡了，毕竟是雨前。量比想的少一点。"),
    Said("f-closed-1", 0, 20, 5, "煮饭很香，家里老人说像以前的米。"),
    Said(
        "f-closed-1",
        1,
        20,
        3,
        "三十枚里碎了一枚，其余都新鲜。希望箱子里多垫一层。",
        reply="碎的这一枚已经退款，后面的箱子加了纸托。",
    ),
    Said("s-closed-1", 0, 50, 5, "Heavy in the hand, and the glaze is not perfect in the way one hopes for."),
    Said("s-closed-1", 1, 50, 4, "Burns evenly. The scent is gone after the first hour."),
    Said(
        "t-closed-2",
        0,
        40,
        2,
        "饼压得太紧，撬的时候碎了不少；味道也偏淡。",
        reply="这一批确实压得紧。附了茶针的新包装下月开始发。",
    ),
    Said("f-closed-2", 0, 25, 5, "蜜会结晶，是真的。瓶子裹得很严实。"),
    Said("s-closed-2", 0, 70, 4, "", addition="Two weeks of trains: the straps hold, the buckle rattles a little."),
    Said("t-returned", 1, 60, 4, "麻布密实，洗了一次没有变形，颜色比图上深一点。"),
    Said("f-received-1", 0, 12, 5, "脆甜，个头匀。"),
    Said("s-received-1", 1, 15, 3, "Warm, but the size runs small."),
)


def tell(world: World) -> None:
    """Let everybody say it at their moment, the oldest first. Idempotent: what was said is not said again."""
    stories = {script.name: script for script in SCRIPTS}
    moments = []
    for said in REVIEWS:
        script = stories[said.script]
        order = order_reads.orders_of(actor=guest_of(script), locale=LOCALE).orders[0]
        trail = order_reads.order_page(actor=guest_of(script), order_id=order.id, locale=LOCALE).timeline
        received_at = next(entry.at for entry in trail if entry.state is OrderState.RECEIVED)
        moments.append((min(received_at + timedelta(hours=said.hours), world.now), said, order.id))
    for at, said, order_id in sorted(moments, key=lambda moment: moment[0]):
        script = stories[said.script]
        buyer, owner = guest_of(script), world.owners[script.shop]
        told = list(reads.reviews_of_order(actor=buyer, order_id=order_id).values())[said.line]
        if told.review is None:
            with clock.fixed(at):
                review_id = reviews.write_review(
                    actor=buyer, order_line_id=told.order_line_id, stars=said.stars, text=said.text
                )
        else:
            review_id = told.review.id
        if said.reply:
            with clock.fixed(_later(at, world.now, days=1)):
                reviews.reply(actor=owner, shop_id=world.shop_ids[script.shop], review_id=review_id, text=said.reply)
        if said.addition and (told.review is None or told.review.is_addable):
            with clock.fixed(_later(at, world.now, days=10)):
                reviews.add_to_review(actor=buyer, order_line_id=told.order_line_id, text=said.addition)


def _later(at: datetime, now: datetime, *, days: int) -> datetime:
    return min(at + timedelta(days=days), now)
