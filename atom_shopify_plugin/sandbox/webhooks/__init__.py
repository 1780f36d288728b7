"""Webhooks, from a change in a store to a signed request on a socket.

`changes` says which topics the changes of a mutation raise; `payloads`, `people` and `orders` make the payloads; `hub`
finds the `subscriptions`, reduces the payload to their `selection` and signs it; `deliveries` decides when it is sent
and tried again, with the faults of `settings`; `wire` sends it. `actions` and `control_api` do what a buyer, a merchant
or the platform does.

A new topic is a line in `topics`, a rule in `changes` and, for a new resource, its payload.
"""
