"""What happened and who is alive: the audit log and heartbeats."""
