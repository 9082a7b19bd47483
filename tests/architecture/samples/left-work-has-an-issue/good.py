VALUE = 1  # TODO(#12) read it from the shop
