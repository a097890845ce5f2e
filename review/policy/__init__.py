"""The admin's pages of a policy: ladder, what-if, risk targets, certification, watchdog."""
