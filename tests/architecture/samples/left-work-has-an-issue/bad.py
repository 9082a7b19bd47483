VALUE = 1  # TODO read it from the shop
