"""A local Shopify for tests and demos; it imports nothing of the plugin but its version."""
