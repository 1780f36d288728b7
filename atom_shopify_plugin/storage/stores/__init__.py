"""Storage of stores and people: installations, tokens, memberships, invitations and OAuth states."""
