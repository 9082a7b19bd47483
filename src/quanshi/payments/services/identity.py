"""Who pays inside WeChat: some channels must know it before they can be offered."""

from __future__ import annotations

from quanshi.payments import gateways


def way_to_identify(*, redirect_uri: str, state: str) -> tuple[str, str]:
    """Where a payer in WeChat's browser goes to be recognised, and the appid that they are recognised for.

    `state` comes back with them and has to be checked by whoever made it. Calls nobody, writes and emits nothing.
    Raises: GatewayNotFound where it is not set up.
    """
    oauth = gateways.identity()
    return oauth.authorize_url(redirect_uri=redirect_uri, state=state), oauth.appid


def identify_payer(*, code: str) -> tuple[str, str]:
    """The appid and the openid of whoever came back with `code`.

    Not idempotent: WeChat answers once for each code. Writes and emits nothing.
    Raises: PayerNotKnown, GatewayUnreachable, GatewayNotFound.
    """
    oauth = gateways.identity()
    return oauth.appid, oauth.openid(code=code)
