from django.db.models.signals import post_save

HOOK = post_save
