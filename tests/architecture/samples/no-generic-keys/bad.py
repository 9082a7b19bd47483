from django.contrib.contenttypes.fields import GenericForeignKey

KEY = GenericForeignKey()
