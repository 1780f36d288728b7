"""Webhooks in, events out: deliveries are stored, matched with the triggers, and emitted to the host.

``intake`` stores a delivery before it is acknowledged. ``triggers`` makes events of it; ``payloads`` reads the bodies,
``shapes`` gives them the shape of our answers, ``origins`` names the workflow run that caused them, ``dedupe`` keeps
an event from being told twice. ``compliance`` and ``data_subject`` answer privacy requests and uninstalls.
``subscriptions`` compares a store's subscriptions with those it should have, and ``subscribing`` says when.
"""
