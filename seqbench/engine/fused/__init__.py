"""A cell through a whole sequence as one C function, made from its `step`; see README.md here."""
