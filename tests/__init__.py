"""The tests of seqbench; they mirror its tree, and share what lies in `tests.helpers`."""
