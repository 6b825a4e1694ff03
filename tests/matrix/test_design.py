"""What a comparison is about: as the matrix says, or as follows from its cells."""

from collections.abc import Callable
from pathlib import Path

import pytest

from seqbench import design
from seqbench.design import Design, usual
from seqbench.errors import InputError
from seqbench.files import write_sealed
from tests.helpers.matrices import GOOD, Read, refusal


@pytest.mark.parametrize(
    ("cells", "baseline"),
    [
        (["lstm", "rnn", "memoryless"], "rnn"),
        (["memoryless", "gru", "lstm"], "gru"),
        (["memoryless"], "memoryless"),
        (["rnn@loud", "lstm"], "rnn@loud"),
        ([], ""),
    ],
    ids=["rnn", "the first with a loop", "no loop", "a label", "nothing"],
)
def test_the_usual_baseline(cells: list[str], baseline: str) -> None:
    assert usual(cells) == Design(baseline, ())


def test_in_focus_are_cells_of_ones_own() -> None:
    assert usual(["rnn", "my_cell", "lstm", "my_cell@wide"]).focus == ("my_cell", "my_cell@wide")


def test_a_cell_that_is_installed_nowhere_may_have_a_loop() -> None:
    assert usual(["memoryless", "of_another_machine", "lstm"]).baseline == "of_another_machine"


def test_what_the_matrix_names_is_taken(read: Read) -> None:
    assert read(GOOD).design == Design("rnn", ())
    assert read(GOOD | {"baseline": "lstm"}).design == Design("lstm", ())
    assert read(GOOD | {"focus": ["rnn@loud"]}).design == Design("rnn", ("rnn@loud",))


@pytest.mark.parametrize(("key", "value"), [("baseline", "gru"), ("focus", ["rnn", "gru"])])
def test_a_cell_that_the_matrix_does_not_have_is_refused(
    read: Read, key: str, value: object
) -> None:
    said = refusal(read, GOOD | {key: value})
    assert f"{key}: the matrix has no cell 'gru'. Allowed: rnn, rnn@loud, lstm." in said


def test_a_slip_in_a_name_has_a_hint(read: Read) -> None:
    assert "Did you mean 'lstm'?" in refusal(read, GOOD | {"baseline": "lsmt"})


def test_it_is_read_back(tmp_path: Path) -> None:
    written = Design("lstm", ("a", "b@wide"))
    assert design.write(tmp_path, written) == tmp_path / "tables" / "design.json"
    assert design.read(tmp_path) == written


def _gone(file: Path) -> None:
    file.unlink()


def _torn(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-4])


def _other(file: Path) -> None:
    write_sealed(file, b'{"baseline": "rnn"}')


@pytest.mark.parametrize(
    ("harm", "words"),
    [(_gone, "does not exist"), (_torn, "changed after"), (_other, "is no design")],
)
def test_what_is_none_is_named(tmp_path: Path, harm: Callable[[Path], None], words: str) -> None:
    file = design.write(tmp_path, Design("rnn"))
    harm(file)
    with pytest.raises(InputError, match=f"design.json: {words}.*seqbench collect"):
        design.read(tmp_path)
