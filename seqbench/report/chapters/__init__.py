"""The chapters: a file is a chapter."""
