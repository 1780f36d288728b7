"""ShopifyQL over the orders of a store: the part of the language and of the table `sales` that is modelled.

`grammar` reads a text, `columns` knows the names, `periods` the days, `sales` what orders add to which day, `tables`
makes the answer. What is no ShopifyQL is a parse error; what is ShopifyQL and not modelled answers NOT_MODELLED.
"""

from atom_shopify_plugin.sandbox.shopifyql.tables import answer

__all__ = ["answer"]
