"""Judging what is pending: leases, the loop, results, re-routing passes, the shadow."""
