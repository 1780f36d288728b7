"""Shopify over HTTP: client, throttle, documents, OAuth, signatures, ids and search queries."""
