from django.db import models

KEY = models.UUIDField()
