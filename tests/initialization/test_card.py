"""The card: its classes at cells that are known, its holes, its rows, its tables."""

import sys
from math import exp, log
from pathlib import Path

import pytest

from seqbench import matrix, records, registry
from seqbench.axes import State
from seqbench.cell import Cell
from seqbench.cells.jordan import Jordan
from seqbench.initialization import tables
from seqbench.initialization.card import LAGS, STEEP, Card, measure
from seqbench.remedies.small_init import SmallInit
from seqbench.remedy import Remedy
from tests.helpers.known import Broken, Linear, Turned

MATRIX = """
name: cards
results: {results}
train: {{hidden: 6, updates: 10, evaluate_every: 5, learning_rates: [0.1]}}
tasks: {{adding: {{length: 10}}}}
cells: {{rnn: , "rnn@loud": {{gain: 3.0}}, memoryless: }}
remedies: {{clip_norm: , orthogonal: , clip_norm+orthogonal: , orthogonal+small_init: }}
"""


def with_slopes(low: float, middle: float, high: float) -> Card:
    norms = tuple((exp(low * k), exp(middle * k), exp(high * k)) for k in range(LAGS + 1))
    return Card(8, LAGS, exponents=(low, middle, high), norms=norms)


@pytest.mark.parametrize(
    ("r", "flow"),
    [(0.9, "vanishing"), (0.97, "preserved"), (1.0, "preserved"), (1.03, "preserved"),
     (1.1, "exploding")],
)  # fmt: skip
def test_the_class_of_a_linear_loop(r: float, flow: str) -> None:
    card = measure(Linear(), Turned(r=r), hidden=6)
    assert not card.reason and card.flow == flow
    assert card.exponents == pytest.approx([log(r)] * 3, abs=1e-6)
    assert card.norms[LAGS][1] == pytest.approx(r**LAGS, rel=1e-3)
    assert card.radius == pytest.approx(r, rel=1e-5)
    assert card.newton == {128: 1, 1024: 1}, "the step is affine"
    half, double = card.half_life, card.doubling
    assert half == (pytest.approx(log(2) / -log(r), rel=1e-3) if r < 1 else half)
    assert double == (pytest.approx(log(2) / log(r), rel=1e-3) if r > 1 else double)
    if r != 1:
        assert (half is None) != (double is None)


def test_preserved_keeps_between_a_hundredth_and_a_hundredfold() -> None:
    assert exp(STEEP * 100) == pytest.approx(100)
    just = 0.999 * STEEP
    assert with_slopes(-just, 0, just).flow == "preserved"
    assert with_slopes(-1.01 * STEEP, 0, just).flow == "mixed"
    assert with_slopes(-just, 0, 1.01 * STEEP).flow == "mixed"
    assert with_slopes(-1, -0.5, -1.01 * STEEP).flow == "vanishing"
    assert with_slopes(1.01 * STEEP, 0.5, 1).flow == "exploding"
    assert with_slopes(-1, 0, 1).flow == "mixed"


def test_without_a_loop_the_gradient_has_no_half_life_to_speak_of() -> None:
    card = measure(registry.load_cell("memoryless"), Remedy(), hidden=6, lags=8)
    row = card.row("memoryless", "none")
    assert (row["flow"], row["half_life"], row["doubling"]) == ("vanishing", 0.0, None)
    assert row["exponent"] is row["exponent_low"] is row["radius"] is None


def test_the_same_call_gives_the_same_numbers() -> None:
    cell, remedy = registry.load_cell("lstm"), registry.load_remedy("chrono")
    assert measure(cell, remedy, hidden=6, lags=8) == measure(cell, remedy, hidden=6, lags=8)


@pytest.mark.parametrize("name", registry.names("cells"))
def test_every_cell_has_a_card(name: str) -> None:
    card = measure(registry.load_cell(name), Remedy(), hidden=8, lags=12)
    assert not card.reason and len(card.norms) == 13 and card.norms[0] == (1.0, 1.0, 1.0)
    assert all(low <= middle <= high for low, middle, high in card.norms)
    for largest, middle, smallest in (card.singular or {}).values():
        assert largest >= middle >= smallest >= 0
    counts = [card.row(name, "none")[f"newton_{steps}"] for steps in records.NEWTON]
    assert all(count is None or count in range(1, records.NEWTON_MOST + 2) for count in counts)


@pytest.mark.parametrize(
    ("cell", "remedy", "words"),
    [
        (registry.load_cell("rnn"), "clip_norm", "transform"),
        (registry.load_cell("rnn"), "clip_norm+orthogonal", "transform"),
        (registry.load_cell("rnn"), "forget_bias", "forget gate"),
        (registry.load_cell("memoryless"), "orthogonal", "recurrent"),
        (Broken(), "none", "RuntimeError: no such weight"),
    ],
)
def test_what_cannot_be_measured_says_why(cell: Cell, remedy: str, words: str) -> None:
    card = measure(cell, registry.load_remedy(remedy), hidden=6, lags=8)
    assert words in card.reason and card.flow == "" and not card.rows("c", "r")
    row = card.row("c", "r")
    assert row["reason"] == card.reason and "exponent" not in row


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), RuntimeError("singular")])
def test_a_cell_that_fails_in_any_way_costs_the_others_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def step(*given: object) -> State:
        raise error

    monkeypatch.setattr(Jordan, "step", step)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.yaml").write_text(
        MATRIX.format(results="r").replace("rnn: ,", "jordan: , rnn: ,")
    )
    failed = tables.write(matrix.read(tmp_path / "m.yaml"))
    assert any(words.startswith(f"jordan / none: {type(error).__name__}") for words in failed)
    cards = records.read(Path("r/cards.parquet"), "cards").to_pylist()
    assert {row["cell"] for row in cards if row["flow"]} == {"memoryless", "rnn", "rnn@loud"}


def test_a_remedy_that_ends_the_program_costs_the_others_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(SmallInit, "__init__", lambda self: sys.exit(3))
    (tmp_path / "m.yaml").write_text(MATRIX.format(results="r"))
    (failed,) = tables.write(matrix.read(tmp_path / "m.yaml"))
    assert failed.startswith("orthogonal+small_init: remedies: 'small_init' ended the program")


def test_a_forget_bias_makes_the_gradient_of_an_lstm_last() -> None:
    cell = registry.load_cell("lstm")
    plain = measure(cell, Remedy(), hidden=8, lags=20)
    biased = measure(cell, registry.load_remedy("forget_bias", {"value": 3.0}), hidden=8, lags=20)
    assert biased.exponents[1] > plain.exponents[1] + 0.2


def test_a_matrix_becomes_two_tables(tmp_path: Path) -> None:
    file, written = tmp_path / "m.yaml", []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        file.write_text(MATRIX.format(results=str(folder).lstrip("/")))
        found = matrix.read(file).model_copy(update={"results": str(folder)})
        tables.write(found)
        written.append([(folder / f"{t}.parquet").read_bytes() for t in ("cards", "propagation")])
    assert written[0] == written[1]
    cards = records.read(tmp_path / "one" / "cards.parquet", "cards").to_pylist()
    births = ["none", "orthogonal", "orthogonal+small_init"]
    cells = ["memoryless", "rnn", "rnn@loud"]
    assert [(row["cell"], row["remedy"]) for row in cards] == [
        (c, b) for c in cells for b in births
    ]
    by = {(row["cell"], row["remedy"]): row for row in cards}
    assert by["rnn@loud", "none"]["radius"] > 2 * by["rnn", "none"]["radius"]
    assert by["memoryless", "orthogonal"]["reason"] and not by["rnn", "orthogonal"]["reason"]
    rows = records.read(tmp_path / "one" / "propagation.parquet", "propagation").to_pylist()
    assert {(row["cell"], row["remedy"]) for row in rows} == {
        key for key, row in by.items() if not row["reason"]
    }
    assert {row["lag"] for row in rows} == set(range(LAGS + 1))
