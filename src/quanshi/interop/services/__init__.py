"""The use cases: webhooks kept, told and sent; product lists that were uploaded."""

from quanshi.interop.services.importing import import_upload, start_import
from quanshi.interop.services.keeping import (
    add_webhook,
    change_webhook,
    end_webhooks,
    hold_webhook,
    remove_webhook,
    renew_secret,
)
from quanshi.interop.services.sending import forget_deliveries, send_due
from quanshi.interop.services.telling import resend, send_test, tell

__all__ = [
    "add_webhook",
    "change_webhook",
    "end_webhooks",
    "forget_deliveries",
    "hold_webhook",
    "import_upload",
    "remove_webhook",
    "renew_secret",
    "resend",
    "send_due",
    "send_test",
    "start_import",
    "tell",
]
