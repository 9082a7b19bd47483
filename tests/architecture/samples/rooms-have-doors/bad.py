from quanshi.stock.models import Level

USED = Level
