from django.conf import settings


def join_link(*, secret: str) -> str:
    return f"{settings.BASE_URL}/console/join?invitation={secret}"
