"""Files of a store: exports and imports as CSV with Shopify's own column names."""
