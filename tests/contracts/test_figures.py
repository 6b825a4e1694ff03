"""Every figure of the folder: it draws, it is labeled, it says what to see, it repeats itself."""

import json
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqbench import figures, records
from seqbench.analysis.tidy import Tables
from seqbench.figures.drawing import style
from seqbench.figures.drawing.heat import number
from seqbench.report import illustrations
from seqbench.results import analyze, derived, load
from tests.helpers.collected import collect
from tests.helpers.results import write_results

NAMES = figures.names()


def tables_of(folder: Path, jobs: list[tuple[str, str]]) -> Tables:
    collect(folder, jobs, jobs)
    analyze(folder)
    return load(folder)


@pytest.fixture(scope="module")
def ten_rows(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("ten")
    sizes = {"tasks": ("adding",), "cells": ("rnn",), "remedies": ("none", "clip_norm")}
    jobs = write_results(folder, **sizes, seeds=range(5), learning_rates=(0.5,))
    tables = tables_of(folder, jobs)
    assert len(tables.trials) == 10
    return tables


def drawn(name: str, tables: Tables) -> Figure:
    with style.applied():
        figure = figures.load(name).draw(tables)
        style.to_svg(figure)  # lays it out
    return figure


def words(figure: Figure) -> str:
    texts = figure.findobj(lambda artist: hasattr(artist, "get_text"))
    return " ".join(text.get_text() for text in texts)


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.findobj(Axes) if axes.axison]


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_to_see(name: str) -> None:
    module = figures.load(name)
    for text in (module.TITLE, module.CAPTION, module.ALT):
        assert text and text == text.strip()
    assert module.CAPTION.count(".") >= 2 and module.CAPTION.endswith(".")
    assert module.TABLE in {*records.TABLES, *records.OTHERS, *derived()}
    assert module.SECTION in illustrations.sections()
    assert module.__doc__


@pytest.mark.parametrize("name", NAMES)
def test_it_draws_ten_rows_with_labels_on_its_axes(name: str, ten_rows: Tables) -> None:
    figure = drawn(name, ten_rows)
    assert "no data" not in words(figure)
    assert not figures.load(name).data(ten_rows).empty
    shown = panels(figure)
    assert shown
    for side, over_all in (("x", figure.get_supxlabel()), ("y", figure.get_supylabel())):
        labels = [getattr(axes, f"get_{side}label")() for axes in shown]
        assert over_all or any(labels)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_so_when_there_is_nothing_to_draw(name: str, tmp_path: Path) -> None:
    assert "no data" in words(drawn(name, tables_of(tmp_path, [])))


@pytest.mark.parametrize("name", NAMES)
def test_it_draws_a_single_failed_job(name: str, tmp_path: Path) -> None:
    drawn(name, tables_of(tmp_path, [("adding", "rnn")]))


@pytest.mark.parametrize("name", NAMES)
def test_it_draws_long_names(name: str, tmp_path: Path) -> None:
    long = "a" * 40
    sizes = {"tasks": (long,), "cells": ("rnn", long), "remedies": ("none", f"{long}+{long}")}
    jobs = write_results(tmp_path, **sizes, seeds=(0,), learning_rates=(0.1,))
    drawn(name, tables_of(tmp_path, jobs))


def test_two_runs_of_drawing_give_the_same_bytes(tmp_path: Path) -> None:
    sizes = {"tasks": ("adding", "digits_image"), "cells": ("rnn", "gru")}
    sizes["remedies"] = ("none", "clip_norm", "orthogonal")
    jobs = write_results(tmp_path, **sizes, learning_rates=(0.1,), seeds=(0, 1))
    tables_of(tmp_path, jobs)
    figures.draw_all(tmp_path)
    folder = tmp_path / "figures"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    figures.draw_all(tmp_path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    index = json.loads(first["index.json"])
    assert [entry["name"] for entry in index] == NAMES
    assert set(index[0]) == {"name", "section", "title", "caption", "alt", "table"}
    assert {f"{name}.{kind}" for name in NAMES for kind in ("svg", "csv")} < set(first)
    assert b"<dc:date>" not in b"".join(first.values())


def test_every_hole_of_a_heat_map_is_named(tmp_path: Path) -> None:
    sizes = {"tasks": ("adding",), "cells": ("rnn", "lstm"), "remedies": ("none", "forget_bias")}
    jobs = write_results(tmp_path, **sizes)
    (tmp_path / "trials" / "adding" / "lstm.parquet").unlink()
    tables = tables_of(tmp_path, jobs)
    shown = [text.get_text() for text in panels(drawn("score_map", tables))[0].texts]
    assert shown.count("n/a") == 1 and shown.count("x") == 2


def test_looks_differ_without_color(ten_rows: Tables) -> None:
    trials = ten_rows.trials
    many = trials.loc[trials.index.repeat(1)].copy()
    many["cell"] = [f"cell{i}" for i in range(10)]
    looks = style.cell_looks(many)
    assert len({look.marker for look in looks.values()}) == 10


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.934, ".93"), (-0.04, "−.04"), (0.999, "1"), (1.0, "1"), (-0.001, ".00"), (-2.5, "−2.5"),
     (-1e9, "<−9"), (0.0, ".00")],
)  # fmt: skip
def test_numbers_in_a_heat_map(value: float, text: str) -> None:
    assert number(value) == text
