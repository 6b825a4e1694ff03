"""seqbench: which recurrent cell and which remedy survive vanishing and exploding gradients.

What a new variant is made of, each a protocol and a folder with one file per variant:

    cell, cells       one recurrent equation         task, tasks    what is to be learned
    remedy, remedies  what helps the gradient        front, axes    front ends; letters of shapes
    knobs, training   their settings, and training's tuning          values of knobs that are tried

From a matrix to trained trials (torch):

    matrix            what is run, read and checked  networks       what stands around a cell
    registry, plugins, description, sources, imports what a name means, and which code it runs
    jobs              all trials of a task and cell  engine         trains stacks of them
    initialization    gradients before any training  data           recorded data, fetched and read
    manifest          what a job's tables were made of, compared with the matrix before a run
    opened, design    which files a job read; what a matrix compares: its baseline, cells in focus

From finished trials to the report (pandas):

    records, criteria what is on file; how a learning rate is chosen, what counts as solved
    analysis, results derived tables                 claims         published claims, and verdicts
    figures, report   a page and a paper             compare        two runs, side by side
    certificates      known weights, and what cannot be done by any

Around it: commands (`__main__` runs them), tally (how trials ended), benchmarks, errors, files,
locks, terminal, watchdog, serving (a process that has torch, for all jobs).
"""

__version__ = "0.1.0"
