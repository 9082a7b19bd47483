"""Parcels, what delivery costs, and where goods are fetched instead.

Owns: fulfilment_shipment, fulfilment_shipment_line, fulfilment_freight_template, fulfilment_freight_product,
fulfilment_pickup_point.
Events in: none. Events out: none; orders tells of shipments.
"""
