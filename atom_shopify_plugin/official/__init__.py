"""What Shopify's official schema says, as facts: names, types, scopes and costs; and the rules for documents."""
