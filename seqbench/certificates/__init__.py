"""Certificates: weights with which a cell solves a task at 25 times the length, however found.

Training mixes up what a cell can express with what it learns. A file in `weights/` settles the
first question for one cell: by problem, weights (built by hand, or found) with which a network of
one layer of this cell passes the task's own mark at 25 times the task's default length.

    certificate   reads them; `problems` are the tasks
    theorems      what a cell cannot do at all, by a published theorem or a proof of a few lines
    standing      what a run adds: learned, not learned, neither
    check         evaluates them again, by the loop, in float32, on fresh sequences
"""
