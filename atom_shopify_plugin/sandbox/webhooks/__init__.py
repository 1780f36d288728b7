"""What the sandbox tells its apps of: webhooks, from a change in a store to a signed request on a socket.

`changes` says which topics the changes of a mutation raise; `payloads`, `people` and `orders` what they say; `hub` who
listens (`subscriptions`), what they want of it (`selection`) and how it is signed; `deliveries` when it is sent and
tried again, with the faults of `settings`; `wire` sends it. `actions` and `control_api` are for whoever plays buyer,
merchant or platform.

A new topic is a line in `topics`, a rule in `changes` and, for a new resource, its payload.
"""
