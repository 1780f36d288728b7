"""What Shopify tells us: deliveries taken in, events emitted, subscriptions kept, stock kept in step, people forgotten.

``intake`` stores a delivery before it is acknowledged; ``triggers`` makes events of it, with ``payloads`` to read
bodies; ``compliance`` and ``people`` answer privacy requests and uninstalls; ``subscribing`` keeps Shopify's
subscriptions what they should be, ``interest`` has them follow the triggers in use; ``stock`` and ``changes`` find what
deliveries missed, with ``sweeps`` for what they share, when ``upkeep`` says so; ``once`` keeps both from telling the
same.
"""
