"""Other systems: what they hear of a shop by signed webhooks (Standard Webhooks 1.0), and the lists that they bring.

Owns: interop_webhook, interop_delivery.
Events in: those of orders, payments and shops that config/wiring.py names. Events out: WebhookSwitchedOff.
"""
