"""Reports: declared as sections, filled with answers of `analytics`, and shown as JSON, CSV or one HTML page."""
