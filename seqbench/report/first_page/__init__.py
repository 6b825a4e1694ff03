"""What the first page says, computed from the tables."""
