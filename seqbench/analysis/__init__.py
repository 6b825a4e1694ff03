"""From finished trials to tables: choose, summarize, compare. Reads parquet, never torch."""

from pathlib import Path


def analyze(results: Path) -> None:
    """Write summary.csv, comparisons.csv and effects.csv beside the collected tables.

    Raises:
        InputError: nothing was collected yet.
    """
    from seqbench.analysis import comparisons, effects, summary, tidy

    trials, costs = tidy.read_table(results, "trials"), tidy.read_table(results, "costs")
    folder = results / "tables"
    tidy.write_csv(folder / "summary.csv", summary.summarize(trials, costs))
    tidy.write_csv(folder / "comparisons.csv", comparisons.compare(trials))
    tidy.write_csv(folder / "effects.csv", effects.aggregate(trials))
