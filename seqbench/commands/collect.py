"""Put the results of all jobs into tables."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> int:
    """Write one table of each kind, as parquet and CSV, below results/tables.

    Returns 1 where something that the matrix asks for failed or is missing.
    """
    from seqbench import design, manifest, records
    from seqbench.analysis.collect import collect
    from seqbench.analysis.complete import Wanted
    from seqbench.matrix import wanted
    from seqbench.tuning import settings

    read = _shared.claimed(options.config)
    results, asked = Path(read.results), wanted.of_step(read, "collect")
    trials = {}
    for task, cell in read.jobs():
        job = read.job(task, cell)
        tried = {name: [s.words for s in settings(own)] for name, own in job.remedies.items()}
        rates = job.training.learning_rates
        trials[task, cell] = Wanted(tried, job.seeds, rates, job.search_seeds)
    collect(results, read.jobs(), read.reach_jobs(), trials)
    tables = [results / "tables" / table for table in records.TABLES | records.OTHERS]
    made = [design.write(results, read.design)]
    made += [table.with_suffix(kind) for table in tables for kind in (".parquet", ".csv")]
    manifest.write(results, asked, made)
    return _shared.ending(read)
