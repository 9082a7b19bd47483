def ship(*, order_id: str) -> None:
    """Ship it. Raises: OrderNotFound."""
