"""The derived tables: a file is a table."""
