"""One parser per entry of the ledger: bytes that were just verified in, arrays out."""
