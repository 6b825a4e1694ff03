"""`python -m seqbench flow`: the card in a terminal, and as a file."""

from pathlib import Path

import pytest

from seqbench import registry, watchdog
from seqbench.__main__ import main
from seqbench.initialization.canvas import ascii_, braille
from seqbench.initialization.card import measure
from seqbench.initialization.drawing import text
from seqbench.watchdog import Hang
from tests.helpers.places import CONFIG

SMALL = ("--hidden", "4", "--lags", "8")
DEFAULT = str(CONFIG / "default.yaml")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["flow", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("cell", ["rnn", "lstm", "memoryless", "s4d", "antisymmetric"])
def test_it_fits_a_terminal(cell: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, cell, *SMALL)
    assert max(map(len, out.splitlines())) <= 80
    for word in (cell, "no remedy", "class", "exponent", "half-life", "singular values"):
        assert word in out


def test_letters_of_ascii_are_enough() -> None:
    card = measure(registry.load_cell("rnn"), registry.load_remedy("none"), hidden=4, lags=8)
    plain = text(card, "rnn", "none", plain=True)
    assert plain.isascii() and plain.count("*") > 8
    assert not text(card, "rnn", "none").isascii()


def test_the_numbers_are_those_of_the_card(capsys: pytest.CaptureFixture[str]) -> None:
    cell, remedy = registry.load_cell("gru"), registry.load_remedy("orthogonal")
    card = measure(cell, remedy, hidden=4, lags=8)
    out = printed(capsys, "gru", "--remedy", "orthogonal", *SMALL)
    assert out.strip() == text(card, "gru", "orthogonal").strip()
    assert f"{card.exponents[1]:+.3f} per step" in out and f"{card.half_life:.3g} steps" in out


def test_a_line_is_drawn_where_it_is() -> None:
    falling = [(k / 9, 1 - k / 9) for k in range(10)]
    rows = ascii_([falling, [(0, 0)]], 10, 10)
    assert [row.index("*") for row in rows] == list(range(10)) and rows[-1][0] == "."
    assert braille([[(0, 1), (1, 0)]], 2, 1) == ["\u2801\u2880"]


def test_a_matrix_gives_its_knobs(capsys: pytest.CaptureFixture[str]) -> None:
    loud = printed(capsys, "rnn@loud", "--config", DEFAULT, *SMALL)
    assert loud.splitlines()[5:] != printed(capsys, "rnn", *SMALL).splitlines()[5:]


def test_of_several_values_the_first_is_measured(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def made(gains: str) -> list[str]:
        file = tmp_path / "m.yaml"
        file.write_text(
            "name: t\nseeds: [1]\ntrain: {learning_rates: [0.01, 0.03, 0.1, 0.3]}\n"
            "tasks: {adding: }\ncells: {rnn: }\n"
            f"remedies: {{none: , spectral_radius: {{radius: {gains}}}}}\n"
        )
        out = printed(capsys, "rnn", "--remedy", "spectral_radius", "--config", str(file), *SMALL)
        return out.splitlines()

    assert made("[0.5, 1.5]") == made("0.5") != made("1.5")


def test_what_hung_is_said_and_not_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = ((str(registry.path("cells", "rnn")), 12),)
    monkeypatch.setattr(watchdog, "ends", lambda: [Hang(("rnn",), 10.0, frames)])
    assert main(["flow", "rnn", *SMALL]) == 2
    said = capsys.readouterr().err
    assert said == "flow rnn none: rnn.py, line 12: did not end within 10 minutes and was ended.\n"


def test_what_does_not_apply_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no forget gate" in printed(capsys, "rnn", "--remedy", "forget_bias", *SMALL)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("lsmt",), "Did you mean 'lstm'?"),
        (("rnn", "--remedy", "orthogonl"), "Did you mean 'orthogonal'?"),
        (("rnn", "--remedy", "orthogonal+nothing"), "'nothing' is unknown"),
        (("rnn@loud",), "Add --config"),
        (("gru", "--remedy", "zoneout", "--config", DEFAULT), "remedies has no 'zoneout'"),
        (("rnn", "--lags", "3"), "--lags: 3 is out of range"),
        (("rnn", "--hidden", "0"), "--hidden: 0 is out of range"),
        (("rnn", "--out", "card.pdf", *SMALL), "card.pdf: cannot be drawn"),
        (("rnn", "--remedy", "forget_bias", "--out", "card.svg", *SMALL), "nothing was measured"),
    ],
)
def test_bad_input_is_one_sentence(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["flow", *words]) == 2
    told = capsys.readouterr().err
    assert says in told and told.count("\n") == 1


def test_a_drawing_repeats_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind, magic in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        drawn = []
        for name in ("one", "two"):
            file = tmp_path / f"{name}.{kind}"
            printed(capsys, "rnn", "--out", str(file), *SMALL)
            drawn.append(file.read_bytes())
        assert drawn[0] == drawn[1] and drawn[0].startswith(magic)
