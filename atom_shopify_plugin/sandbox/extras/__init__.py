"""Domains that no action of the plugin uses: what a store has beside them, for everybody who develops against it."""
