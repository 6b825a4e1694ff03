"""The tasks: one problem per file, named by its file."""
