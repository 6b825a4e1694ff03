"""The tasks: one problem per file, named by its file; what several share is in `_` files.

A paragraph `Published: ...` of a docstring (score, setting, source) is printed beside our scores.
It says how we know: [C] read in the paper, [R] in the README of a repository, [B] in somebody
else's paper, [M] from memory.
"""
