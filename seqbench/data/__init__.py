"""Real data: found in installed packages, parsed to numpy arrays, checked against the ledger."""
