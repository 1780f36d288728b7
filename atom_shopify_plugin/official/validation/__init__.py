"""What is wrong with a document, in the words, codes, paths and order of graphql-ruby, which Shopify runs.

`static_errors` checks against the whole official schema; each family of rules has a module, named after what it looks
at, and `walk` asks them in order.
"""

from __future__ import annotations

from atom_shopify_plugin.official.validation.parsing import parsed, syntax_error
from atom_shopify_plugin.official.validation.walk import static_errors

__all__ = ["parsed", "static_errors", "syntax_error"]
