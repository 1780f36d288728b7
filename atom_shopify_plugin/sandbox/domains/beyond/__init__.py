"""Domains that no action of the plugin needs, served because other apps and recorded answers do."""
