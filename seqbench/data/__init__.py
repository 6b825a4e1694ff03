"""Real data: from installed packages or fetched, checked against the ledger, parsed to arrays."""
