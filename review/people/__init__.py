"""People and what they may do: invitations, roles, accounts, sessions, what signing in asks."""
