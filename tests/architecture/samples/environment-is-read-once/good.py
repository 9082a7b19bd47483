from django.conf import settings

HOME = settings.MEDIA_ROOT
