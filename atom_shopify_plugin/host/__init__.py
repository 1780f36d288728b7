"""The embedded ATOM host; it knows plugins only through `hookspecs`."""
