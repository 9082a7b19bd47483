from quanshi.stock import services
from quanshi.stock.types import LevelView

USED = (services, LevelView)
