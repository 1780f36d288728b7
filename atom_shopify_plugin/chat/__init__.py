"""Chat: a sentence becomes an action, and its result becomes a reply."""
