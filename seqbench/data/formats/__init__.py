"""What several sets have in common: how their files, or their rows, become arrays."""
