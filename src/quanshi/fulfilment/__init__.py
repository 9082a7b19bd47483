"""Parcels: which lines of an order left with which carrier.

Owns: fulfilment_shipment, fulfilment_shipment_line.
Events in: none. Events out: none; orders tells of shipments.
"""
