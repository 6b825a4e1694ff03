"""What several variants of one family share; each of them remains a file of its own."""
