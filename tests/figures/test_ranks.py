"""The figure of ranks with more names than a page holds."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from seqbench import registry
from seqbench.analysis import analyze, load, order, tidy
from seqbench.figures import ranks
from tests.helpers.collected import collect
from tests.helpers.results import write_results


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> tidy.Tables:
    folder = tmp_path_factory.mktemp("results")
    jobs = write_results(folder, tasks=("adding",), cells=("rnn",), remedies=("none",))
    collect(folder, jobs)
    analyze(folder)
    return load(folder)


@pytest.mark.parametrize("k", [3, 25, 26, 50])
def test_of_many_names_both_ends_are_drawn(tables: tidy.Tables, k: int) -> None:
    names = order.cells(pd.Series(registry.names("cells")))[:k]
    first = tables.trials.iloc[[0] * k].assign(cell=names)
    groups = [chr(97 + i // 4) for i in range(k)]
    made = {"kind": "cell", "tasks": "telling", "name": names, "group": groups, "of": k}
    made |= {"optimizer": "sgd", "strata": 8}
    numbers = {"rank": np.arange(1.0, k + 1), "friedman": 1.0, "p": 0.01, "least": 0.001}
    own = pd.DataFrame(made | numbers | {"critical": 3.0})[list(tables.derived["ranks"])]
    many = dataclasses.replace(
        tables,
        trials=pd.concat([tables.trials, first], ignore_index=True),
        derived=tables.derived | {"ranks": own},
    )
    figure = ranks.draw(many)
    labels = [text.get_text().replace("\n", "") for text in figure.axes[0].get_yticklabels()]
    if k <= 2 * ranks.ENDS + 1:
        assert labels == names
    else:
        left = f"({k - 2 * ranks.ENDS} more)"
        assert labels == [*names[: ranks.ENDS], left, *names[-ranks.ENDS :]]
    assert figure.get_size_inches()[1] < 8, "no taller than a page"
    assert len(ranks.data(many)) == k, "the table has all"
