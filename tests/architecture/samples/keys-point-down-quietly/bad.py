from django.db import models

from quanshi.shops.models import Shop


class Level(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)
