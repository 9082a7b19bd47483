def ship(order_id: str) -> None:
    print(order_id)
