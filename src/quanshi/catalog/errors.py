from __future__ import annotations

from quanshi.kernel.errors import Conflict, InvalidInput, LimitReached, NotFound


class ProductNotFound(NotFound):
    """Details: `handle` or `product_id`."""

    code = "product_not_found"
    message = "There is no such product."


class ShelfNotFound(NotFound):
    """Details: `category_id`."""

    code = "shelf_not_found"
    message = "There is no such shelf."


class HandleTaken(Conflict):
    """Details: `handle`."""

    code = "handle_taken"
    message = "The shop has goods of this address already."


class GoodsChanged(Conflict):
    """Somebody has saved the product since it was read. Details: `product_id`."""

    code = "goods_changed"
    message = "The goods have been saved by somebody else meanwhile."


class SeveralVariants(InvalidInput):
    """A product was named where one of its variants has to be. Details: `field`, `value`, `reason`."""

    code = "several_variants"
    message = "This product comes in several variants; name one of them."


class CategoryNotFound(NotFound):
    """Details: `slug`."""

    code = "category_not_found"
    message = "There is no such shelf."


class ImportNotFound(NotFound):
    """Details: `import_id`."""

    code = "import_not_found"
    message = "There is no such import."


class ImportRunning(Conflict):
    """Another import of the same shop has not ended. Details: `shop_id`."""

    code = "import_running"
    message = "Another import of this shop is running."


class FileRefused(InvalidInput):
    """The file as a whole is no product list. Details: `field` (what is wrong), `value`, `reason` (what to do)."""

    code = "file_refused"
    message = "This file cannot be read as a product list."


class PictureRefused(InvalidInput):
    """Details: `field`, `value` (the file's name), `reason`."""

    code = "picture_refused"
    message = "This picture cannot be used."


class PictureNotFound(NotFound):
    """Details: `picture_id`."""

    code = "picture_not_found"
    message = "There is no such picture of this product."


class PictureNotMissing(NotFound):
    """Details: `media_id`."""

    code = "picture_not_missing"
    message = "There is no such picture to fetch."


class BulkNotFound(NotFound):
    """Details: `bulk_id`."""

    code = "bulk_not_found"
    message = "There is no such change of several goods."


class PictureUnreachable(Exception):
    """A picture that an import names cannot be had.

    `is_network` tells a silent host from a bad answer; `is_passing` says that it may be had another time.
    """

    def __init__(self, reason: str, *, is_network: bool = False, is_passing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_network = is_network
        self.is_passing = is_passing or is_network


class FavouritesFull(LimitReached):
    """Details: `limit`."""

    code = "favourites_full"
    message = "There is no room for another favourite."


class TooManyFavourites(LimitReached):
    """Guests of one network have kept very much within an hour. Details: `limit`."""

    code = "too_many_favourites"
    message = "Too many favourites from one network in a short time."
