"""What Shopify tells us: deliveries taken in, events emitted, subscriptions kept, stock kept in step, people forgotten.

``intake`` stores a delivery before it is acknowledged; ``triggers`` makes events of it, with ``payloads`` to read
bodies; ``compliance`` and ``people`` answer privacy requests and uninstalls; ``subscribing`` keeps Shopify's
subscriptions what they should be, ``interest`` tells them what they should be; ``sweeps`` finds what deliveries missed,
``stock`` and ``changes`` by what, and ``once`` keeps both from telling the same.
"""
