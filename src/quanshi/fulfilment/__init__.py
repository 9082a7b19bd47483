"""Parcels, and what delivery costs: which lines left with which carrier, and a shop's freight templates.

Owns: fulfilment_shipment, fulfilment_shipment_line, fulfilment_freight_template, fulfilment_freight_product.
Events in: none. Events out: none; orders tells of shipments.
"""
