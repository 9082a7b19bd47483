from quanshi.kernel import outbox

EMIT = outbox.emit
