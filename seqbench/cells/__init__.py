"""Recurrent cells: one equation per file, found by its file name."""
