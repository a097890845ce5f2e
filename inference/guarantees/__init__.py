"""What can be promised of automatic actions: risk targets, bounds, certificates, the watchdog. Pure."""
