from django.urls import reverse


def join_link(*, secret: str) -> str:
    return reverse("console:join") + f"?invitation={secret}"
