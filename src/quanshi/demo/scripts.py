"""What the simulated buyers do: one line a story, told by days and hours before the load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from quanshi.demo.types import Step
from quanshi.orders.types import Address

VISITOR: Final = -1  # the story's buyer is the demo visitor, not a guest

Act = tuple[Step, float]  # what happens, and how many hours after the step before


@dataclass(frozen=True, slots=True)
class Script:
    """One order. `name` is its key: a load that was killed finds by it what is there already."""

    name: str
    shop: str
    days_ago: float
    goods: tuple[tuple[str, int, int], ...]  # handle, which of its variants, how many
    acts: tuple[Act, ...]
    buyer: int = 0  # a guest's number, or VISITOR
    note: str = ""


def address(number: int) -> Address:
    """Where a story's parcel goes: a place that says of itself that it is made up."""
    if number == VISITOR:
        return Address(
            recipient="演示顾客",
            phone="+86 100 0000 0000",
            region="浙江省 杭州市 西湖区",
            street="演示路 1 号",
            postcode="310000",
        )
    region, postcode, country = PLACES[number % len(PLACES)]
    is_chinese = country == "CN"
    return Address(
        recipient=f"模拟买家 {number:02}" if is_chinese else f"Simulated buyer {number:02}",
        phone=f"+86 100 0000 {number:04}" if is_chinese else f"+31 20 000 {number:04}",
        region=region,
        street=f"演示路 {number + 7} 号" if is_chinese else f"Demo street {number + 7}",
        postcode=postcode,
        country=country,
    )


PLACES: Final = (
    ("上海市 徐汇区", "200030", "CN"),
    ("四川省 成都市 锦江区", "610000", "CN"),
    ("广东省 广州市 越秀区", "510000", "CN"),
    ("北京市 东城区", "100010", "CN"),
    ("Utrecht", "3511 AB", "NL"),
    ("江苏省 苏州市 姑苏区", "215000", "CN"),
    ("陕西省 西安市 碑林区", "710000", "CN"),
    ("Freiburg", "79098", "DE"),
)

_PAID: Final[tuple[Act, ...]] = ((Step.PAY, 0.05),)
_SENT: Final[tuple[Act, ...]] = (*_PAID, (Step.SHIP, 20))
_HERE: Final[tuple[Act, ...]] = (*_SENT, (Step.RECEIVE, 60))
_OVER: Final[tuple[Act, ...]] = (*_HERE, (Step.CLOSE, 24 * 8.5))

SCRIPTS: Final[tuple[Script, ...]] = (
    # closed: received, the after-sale time is over, the money is the shop's
    Script("t-closed-1", "xiuxi", 34, (("sky-gaiwan", 0, 1), ("rain-before-green", 1, 2)), _OVER, buyer=VISITOR),
    Script("f-closed-1", "nuanpo", 32, (("slope-rice", 1, 2), ("orchard-eggs", 1, 1)), _OVER, buyer=1),
    Script("s-closed-1", "tarnlea", 31, (("peak-mug", 0, 4), ("tarn-candle", 2, 1)), _OVER, buyer=4),
    Script("t-closed-2", "xiuxi", 29, (("puer-cake", 0, 1),), _OVER, buyer=2),
    Script("f-closed-2", "nuanpo", 27, (("slope-honey", 1, 2),), _OVER, buyer=3, note="瓶子请多裹一层，谢谢"),
    Script("s-closed-2", "tarnlea", 26, (("two-strap-pack", 2, 1),), _OVER, buyer=7),
    # closed after a part of the money went back
    Script(
        "f-closed-part",
        "nuanpo",
        25,
        (("honey-peach", 0, 2), ("blueberries", 0, 1)),
        (*_HERE, (Step.ASK_PART, 5), (Step.APPROVE, 3), (Step.REFUND, 0.1), (Step.CLOSE, 24 * 9)),
        buyer=VISITOR,
        note="到了再放软，不用挑熟的",
    ),
    Script(
        "t-returned",
        "xiuxi",
        24,
        (("four-cups", 2, 2), ("linen-runner", 0, 1)),
        (
            *_HERE,
            (Step.ASK_RETURN, 8),
            (Step.APPROVE, 4),
            (Step.SEND_BACK, 20),
            (Step.TAKE_BACK, 50),
            (Step.REFUND, 0.1),
            (Step.CLOSE, 24 * 6),
        ),
        buyer=5,
    ),
    # called off
    Script("t-unpaid", "xiuxi", 20, (("iron-kettle", 0, 1),), ((Step.RUN_OUT, 0.3),), buyer=6),
    Script("f-unpaid", "nuanpo", 18, (("moon-grapes", 0, 1),), ((Step.CANCEL, 0.1),), buyer=VISITOR),
    Script("s-declined", "tarnlea", 17, (("lean-lamp", 0, 1),), ((Step.DECLINE, 0.03), (Step.RUN_OUT, 0.3)), buyer=8),
    Script(
        "t-cancelled", "xiuxi", 15, (("bamboo-tray", 1, 1),), (*_PAID, (Step.CANCEL, 2), (Step.REFUND, 0.1)), buyer=9
    ),
    Script(
        "s-cancelled",
        "tarnlea",
        14,
        (("low-chair", 0, 1), ("ridge-flask", 0, 1)),
        (*_PAID, (Step.CANCEL, 6), (Step.REFUND, 0.1)),
        buyer=VISITOR,
    ),
    # received, after-sale still open
    Script("f-received-1", "nuanpo", 9, (("frost-apples", 0, 1), ("vine-tomatoes", 0, 2)), _HERE, buyer=10),
    Script("t-received-1", "xiuxi", 8, (("celadon-vase", 0, 1),), _HERE, buyer=VISITOR),
    Script("s-received-1", "tarnlea", 8, (("bobble-beanie", 0, 1), ("zigzag-socks", 1, 3)), _HERE, buyer=12),
    Script(
        "f-part-back",
        "nuanpo",
        8,
        (("weekly-box", 0, 1), ("soy-milk", 0, 2)),
        (*_HERE, (Step.ASK_PART, 4), (Step.APPROVE, 5), (Step.REFUND, 0.1)),
        buyer=11,
    ),
    # after-sale in each of its states
    Script(
        "s-asked",
        "tarnlea",
        7,
        (("rain-jacket", 1, 1),),
        (*_HERE, (Step.ASK_RETURN, 60)),
        buyer=VISITOR,
    ),
    Script(
        "t-asked",
        "xiuxi",
        6,
        (("lidded-mug", 1, 2),),
        (*_HERE, (Step.ASK_REFUND, 40)),
        buyer=13,
    ),
    Script(
        "f-approved",
        "nuanpo",
        8,
        (("thin-shell-walnuts", 0, 2),),
        (*_HERE, (Step.ASK_RETURN, 20), (Step.APPROVE, 10)),
        buyer=14,
    ),
    Script(
        "t-returning",
        "xiuxi",
        9,
        (("travel-set", 1, 1),),
        (*_HERE, (Step.ASK_RETURN, 20), (Step.APPROVE, 6), (Step.SEND_BACK, 20)),
        buyer=VISITOR,
    ),
    Script(
        "s-refused",
        "tarnlea",
        9,
        (("half-sun-notebook", 0, 1),),
        (*_HERE, (Step.ASK_REFUND, 12), (Step.REFUSE, 9)),
        buyer=15,
    ),
    Script(
        "s-refunded",
        "tarnlea",
        10,
        (("arc-cushion", 1, 2), ("stack-soap", 0, 1)),
        (
            *_HERE,
            (Step.ASK_RETURN, 10),
            (Step.APPROVE, 6),
            (Step.SEND_BACK, 12),
            (Step.TAKE_BACK, 40),
            (Step.REFUND, 0.1),
        ),
        buyer=20,
    ),
    # on the way
    Script("t-shipped-1", "xiuxi", 4, (("matcha-bowl", 0, 1), ("tea-tools", 0, 1)), _SENT, buyer=VISITOR),
    Script("f-shipped-1", "nuanpo", 3, (("navel-oranges", 0, 2),), _SENT, buyer=16),
    Script("s-shipped-1", "tarnlea", 5, (("ridge-tent", 0, 1), ("storm-lantern", 0, 2)), _SENT, buyer=17),
    Script(
        "s-partly",
        "tarnlea",
        3,
        (("pocket-stove", 0, 1), ("peak-mug", 3, 2)),
        (*_PAID, (Step.SHIP_ONE, 20)),
        buyer=VISITOR,
    ),
    Script(
        "f-partly",
        "nuanpo",
        2.5,
        (("slope-honey", 0, 2), ("braided-chillies", 0, 1), ("camellia-oil", 0, 1)),
        (*_PAID, (Step.SHIP_ONE, 18)),
        buyer=18,
    ),
    # paid, waiting in the shop
    Script("t-to-ship-1", "xiuxi", 1.4, (("keemun-black", 0, 2),), _PAID, buyer=19),
    Script("s-to-ship-1", "tarnlea", 1.1, (("desk-headphones", 0, 1),), _PAID, buyer=12),
    Script("f-to-ship-1", "nuanpo", 0.8, (("red-strawberries", 0, 1), ("sun-mango", 0, 1)), _PAID, buyer=VISITOR),
    Script("t-to-ship-2", "xiuxi", 0.5, (("rock-oolong-gift", 0, 3),), _PAID, buyer=21, note="请附三个手提袋，送人的"),
    Script("f-to-ship-2", "nuanpo", 0.3, (("sweet-corn", 0, 1), ("bunch-carrots", 0, 2)), _PAID, buyer=22),
    Script("s-to-ship-2", "tarnlea", 0.2, (("quiet-clock", 1, 1),), _PAID, buyer=23),
    # placed just now: a person has fifteen minutes to pay, then the timer calls it off
    Script("t-placed", "xiuxi", 0, (("clay-rabbit", 0, 2),), (), buyer=VISITOR),
    Script("s-placed", "tarnlea", 0, (("hill-poster", 0, 1),), (), buyer=24),
)
