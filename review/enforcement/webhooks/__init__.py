"""From the outbox to the receiver's door: leases, addresses, signatures, sending, circuits."""
