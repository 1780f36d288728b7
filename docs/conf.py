"""Sphinx configuration of the documentation. `make site` builds it and fails on any warning."""

from __future__ import annotations

from atom_shopify_plugin._version import __version__

project = "atom-shopify-plugin"
author = "the authors of atom-shopify-plugin"
release = __version__
html_title = "atom-shopify-plugin"
html_theme = "furo"
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
extensions = ["myst_parser"]
myst_heading_anchors = 4  # `page.md#a-heading` works here as it does on GitHub
nitpicky = True  # a reference without a target is a warning
suppress_warnings = ["misc.highlighting_failure"]  # JSON examples show `…` for what is left out
