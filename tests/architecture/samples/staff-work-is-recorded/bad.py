def rename_shelf(*, actor: object, shop_id: str, name: str) -> None:
    """Rename it. Raises: NotAllowed."""
    shops.require_permission(actor=actor, shop_id=shop_id, permission="manage_goods")
    print(name)
