"""Per domain, what a single document can't do: plain functions of a `Shop` and the checked input."""
