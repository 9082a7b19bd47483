from __future__ import annotations

import io
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import PictureRefused, ProductNotFound
from quanshi.catalog.models import Media, Product
from quanshi.catalog.rules.images import encode
from quanshi.catalog.services import pictures
from quanshi.catalog.types import MediaState, VariantInput
from quanshi.kernel.errors import NotAllowed, Unavailable
from quanshi.kernel.money import Money
from quanshi.shops.types import ShopView
from tests.support.factories import make_actor, make_shop
from tests.support.product_lists import product_list, run_import, simple

SECRET = b"geheimes Haus"


def jpeg(width: int = 1600, height: int = 900, *, orientation: int = 1, has_place: bool = False) -> bytes:
    picture = Image.new("RGB", (width, height), "white")
    picture.paste((200, 0, 0), (0, 0, width // 2, height // 2))  # the upper left corner is red
    exif = Image.Exif()
    exif[0x0112] = orientation
    if has_place:
        exif[0x010E] = SECRET.decode()
        exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", exif=exif.tobytes())
    return buffer.getvalue()


def in_format(name: str, mode: str = "RGB", size: tuple[int, int] = (50, 40)) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, 0).save(buffer, name)
    return buffer.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that unpack to any number of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 2, 0, 0, 0))
    packed = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def stored(name: str | None, storage: Storage = default_storage) -> bytes:
    assert name
    with storage.open(name) as file:
        return bytes(file.read())


def make_product(shop: ShopView, handle: str = "cup") -> Product:
    product_id = services.save_product(
        actor=SYSTEM, shop_id=shop.id, handle=handle, title="Cup", variants=[VariantInput(price=Money(100, "CNY"))]
    )
    return Product.objects.get(id=product_id)


@pytest.mark.parametrize(
    ("width", "expected"), [(1600, (320, 640, 1080)), (800, (320, 640, 800)), (320, (320,)), (100, (100,))]
)
def test_pictures_come_in_page_sizes_and_never_larger_than_they_are(width: int, expected: tuple[int, ...]) -> None:
    encoded = encode(jpeg(width, 90), name="a.jpg")

    for mime in ("image/avif", "image/webp"):
        sizes = [picture.width for picture in encoded.pictures if picture.mime == mime]
        assert tuple(sizes) == expected
    for picture in encoded.pictures:
        with Image.open(io.BytesIO(picture.data)) as decoded:
            assert (decoded.size, decoded.format) == ((picture.width, picture.height), picture.extension.upper())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(orientation: int) -> None:
    # where the red corner of the stored pixels belongs, by the orientation's definition
    red = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}[orientation]
    encoded = encode(jpeg(400, 200, orientation=orientation), name="a.jpg")

    is_turned = orientation > 4
    assert (encoded.width, encoded.height) == ((200, 400) if is_turned else (400, 200))
    with Image.open(io.BytesIO(encoded.pictures[-1].data)) as picture:
        across, down = (picture.width * (1 + 2 * red[0]) // 4, picture.height * (1 + 2 * red[1]) // 4)
        pixel = picture.convert("RGB").getpixel((across, down))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 150
    assert pixel[1] < 60


def test_what_is_served_carries_no_metadata() -> None:
    data = jpeg(has_place=True)
    assert SECRET in data

    for picture in encode(data, name="a.jpg").pictures:
        assert SECRET not in picture.data
        with Image.open(io.BytesIO(picture.data)) as decoded:
            assert dict(decoded.getexif()) == {}
            assert not decoded.getexif().get_ifd(0x8825)
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(decoded.info)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
def test_the_usual_formats_are_taken(name: str) -> None:
    assert encode(in_format(name), name="a").pictures


def test_grey_of_16_bits_stays_grey() -> None:
    buffer = io.BytesIO()
    Image.new("I;16", (60, 40), 0x8000).save(buffer, "PNG")

    with Image.open(io.BytesIO(encode(buffer.getvalue(), name="a.png").pictures[-1].data)) as decoded:
        pixel = decoded.convert("L").getpixel((30, 20))
    assert isinstance(pixel, int)
    assert abs(pixel - 128) <= 3


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_is_kept(mode: str) -> None:
    buffer = io.BytesIO()
    picture = Image.new("RGBA", (60, 40), (255, 0, 0, 0)).convert(mode)
    picture.save(buffer, "PNG", **({"transparency": picture.getpixel((0, 0))} if mode == "P" else {}))

    for encoded in encode(buffer.getvalue(), name="a.png").pictures:
        with Image.open(io.BytesIO(encoded.data)) as decoded:
            pixel = decoded.convert("RGBA").getpixel((30, 20))
        assert isinstance(pixel, tuple)
        assert pixel[3] == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is no JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "is no JPEG"),
        (b"%PDF-1.7", "is no JPEG"),
        (in_format("BMP"), "is no JPEG"),
        (in_format("TIFF"), "is no JPEG"),
        (jpeg()[:2000], "is broken"),
        (png_that_claims(10_001, 10_000), "100 million"),
        (png_that_claims(60_000, 60_000), "100 million"),
        (png_that_claims(9_000, 9_000), "is broken"),
    ],
)
def test_what_is_no_picture_or_a_bomb_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        encode(data, name="a.png")
    assert reason in str(refused.value.details["reason"])


@pytest.mark.django_db
def test_an_upload_is_kept_private_as_it_came_and_served_clean() -> None:
    shop = make_shop()
    product = make_product(shop)
    data = jpeg(has_place=True)

    first = services.add_picture(
        actor=SYSTEM, shop_id=shop.id, product_id=product.id, file=SimpleUploadedFile("me.jpg", data), alt="Me"
    )
    again = services.add_picture(
        actor=SYSTEM, shop_id=shop.id, product_id=product.id, file=SimpleUploadedFile("me.jpg", data), alt="Me"
    )

    media = Media.objects.get()
    assert first == again == media.id
    assert stored(media.original.name, storages["originals"]) == data
    assert not default_storage.exists(str(media.original.name))
    (view,) = selectors.product_page(shop_id=shop.id, handle="cup", locale="en").media
    assert (view.alt, view.width, view.height, view.state) == ("Me", 1600, 900, MediaState.READY)
    assert view.src == next(r.url for r in view.renditions if (r.mime, r.width) == ("image/webp", 640))
    for rendition in media.renditions:
        assert SECRET not in stored(rendition["name"])


@pytest.mark.django_db
def test_strangers_and_wrong_shops_add_no_picture() -> None:
    shop, other = make_shop(), make_shop()
    product = make_product(shop)
    file = SimpleUploadedFile("me.jpg", jpeg())

    with pytest.raises(NotAllowed):
        services.add_picture(actor=make_actor(), shop_id=shop.id, product_id=product.id, file=file)
    with pytest.raises(ProductNotFound):
        services.add_picture(actor=SYSTEM, shop_id=other.id, product_id=product.id, file=file)
    assert not Media.objects.exists()


@pytest.mark.django_db
def test_a_half_written_file_is_written_anew() -> None:
    shop = make_shop()
    product = make_product(shop)
    file = SimpleUploadedFile("me.jpg", jpeg())
    services.add_picture(actor=SYSTEM, shop_id=shop.id, product_id=product.id, file=file)
    name = Media.objects.get().renditions[0]["name"]
    whole = stored(name)
    default_storage.delete(name)
    default_storage.save(name, ContentFile(whole[:10]))  # what a kill in the middle of a write leaves

    services.add_picture(actor=SYSTEM, shop_id=shop.id, product_id=product.id, file=file)

    assert stored(name) == whole


@pytest.mark.django_db
def test_drawings_of_our_own_are_served_as_they_are() -> None:
    shop = make_shop()
    product = make_product(shop)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600"><rect width="800" height="600"/></svg>'

    first = services.add_drawn_media(shop_id=shop.id, product_id=product.id, svg=svg, alt="A cup")
    assert services.add_drawn_media(shop_id=shop.id, product_id=product.id, svg=svg, alt="A cup") == first

    (card,) = selectors.list_products(locale="en", shop_id=shop.id).cards
    assert card.media is not None
    assert (card.media.state, card.media.width, card.media.height) == (MediaState.DRAWN, 800, 600)
    assert card.media.src.endswith(".svg")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "inside", [b"<script>1</script>", b'<a onclick="x()"/>', b'<image href="https://x.example/a"/>']
)
def test_a_drawing_with_more_than_shapes_is_refused(inside: bytes) -> None:
    product = make_product(shop := make_shop())
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 6">' + inside + b"</svg>"
    with pytest.raises(PictureRefused):
        services.add_drawn_media(shop_id=shop.id, product_id=product.id, svg=svg, alt="")


@pytest.mark.django_db
def test_pictures_beside_the_list_are_taken_and_nothing_outside_it(tmp_path: Path) -> None:
    folder = tmp_path / "list"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "good.jpg").write_bytes(jpeg(200, 100))
    (folder / "images" / "text.jpg").write_text("no picture")
    (tmp_path / "secret.jpg").write_bytes(jpeg(300, 100))
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "door").symlink_to(tmp_path)
    sources = ("images/good.jpg", "images/text.jpg", "link.jpg", "door/secret.jpg", "images/none.jpg", "../secret.jpg")
    shop = make_shop()

    report = run_import(
        shop, product_list(*(simple(f"p{n}", Image_Src=source) for n, source in enumerate(sources))), folder=folder
    )

    assert [(i.line, i.is_refusal) for i in report.issues] == [
        (3, False),
        (4, False),
        (5, False),
        (6, False),
        (7, True),
    ]
    assert (report.pictures_stored, report.pictures_unreachable, report.rows_refused) == (1, 4, 1)
    stored = Media.objects.get(state=MediaState.READY)
    assert (stored.source, stored.width) == ("images/good.jpg", 200)


@pytest.mark.django_db
def test_a_changed_file_beside_the_list_replaces_its_picture(tmp_path: Path) -> None:
    shop = make_shop()
    source = product_list(simple("cup", Image_Src="cup.jpg"))
    (tmp_path / "cup.jpg").write_bytes(jpeg(200, 100))
    run_import(shop, source, folder=tmp_path)
    before = Media.objects.get()
    (tmp_path / "cup.jpg").write_bytes(jpeg(300, 100))

    report = run_import(shop, source, folder=tmp_path)

    after = Media.objects.get()
    assert (report.pictures_stored, report.products_updated) == (1, 1)
    assert (after.id, after.width) == (before.id, 300)


@pytest.mark.parametrize("size", [(1, 60_000), (60_000, 1)])
def test_a_line_of_pixels_is_encoded_like_any_picture(size: tuple[int, int]) -> None:
    encoded = encode(in_format("PNG", size=size), name="line.png")

    assert (encoded.width, encoded.height) == size
    assert {picture.mime for picture in encoded.pictures} == {"image/avif", "image/webp"}


def test_few_pictures_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most = [0], [0]

    def slow(*_: object, **__: object) -> None:
        now[0] += 1
        most[0] = max(most[0], now[0])
        time.sleep(0.05)
        now[0] -= 1
        raise PictureRefused(field="picture", value="", reason="seen")

    monkeypatch.setattr(pictures, "encode", slow)
    with ThreadPoolExecutor(8) as pool:
        refused = [pool.submit(pictures.store_picture, data=b"", name="a.png") for _ in range(8)]
    assert all(isinstance(future.exception(), PictureRefused) for future in refused)
    assert most[0] == pictures.THREADS

    monkeypatch.setattr(pictures, "PATIENCE_SECONDS", 0)
    with ThreadPoolExecutor(8) as pool:
        refused = [pool.submit(pictures.store_picture, data=b"", name="a.png") for _ in range(8)]
    assert any(isinstance(future.exception(), Unavailable) for future in refused)
