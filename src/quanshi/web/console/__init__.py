"""The console: where a shop's people see the day, ship orders, answer after-sale, keep goods, stock and money.

Every page goes through access.for_members; the services it calls check again.
"""
