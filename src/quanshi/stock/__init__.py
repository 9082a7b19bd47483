"""What lies where, and the one reservation service that everything that sells goes through.

Owns: stock_location, stock_pool, stock_level, stock_low_level, stock_reservation, stock_movement, stock_take,
stock_take_row.
Events in: none. Events out: none.
"""
