"""Which data a matrix needs."""

from pathlib import Path

import pytest

from seqbench import matrix, registry
from seqbench.data import ledger
from seqbench.errors import InputError
from seqbench.matrix import needs
from tests.helpers.places import CONFIG

TASK = '''"""A task."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from seqbench.task import Classification


@dataclass(frozen=True, kw_only=True)
class Heard(Classification):
    needs: ClassVar[tuple[str, ...]] = {needs}

    variant: Literal["gunpoint", "acsf1"] = "gunpoint"
    size: int = 8
'''


def read_as(name: str, source: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the registry find that task."""
    file = folder / f"{name}.py"
    file.write_text(source)
    monkeypatch.setattr(registry, "path", lambda kind, wanted: file)
    monkeypatch.setattr(registry, "base", lambda kind, wanted: name)
    monkeypatch.setattr(registry, "describe", registry.describe.__wrapped__)


@pytest.mark.parametrize(
    ("said", "label", "knobs", "expected"),
    [
        ('("ptb",)', "heard", {}, ("ptb",)),
        ("()", "heard", {}, ()),
        ('("ptb", "sst2")', "heard", {}, ("ptb", "sst2")),
        ('("ucr_{variant}",)', "heard", {}, ("ucr_gunpoint",)),
        ('("ucr_{variant}",)', "heard@acsf1", {}, ("ucr_acsf1",)),
        ('("ucr_{variant}",)', "heard", {"variant": "acsf1"}, ("ucr_acsf1",)),
        ('("mnist_{size}",)', "heard@small", {"size": 3}, ("mnist_3",)),
    ],
)
def test_what_a_task_says(
    said: str,
    label: str,
    knobs: dict[str, object],
    expected: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read_as("heard", TASK.format(needs=said), tmp_path, monkeypatch)
    assert needs.of_task(label, knobs) == expected


def test_a_knob_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_as("heard", TASK.format(needs='("ucr_{name}",)'), tmp_path, monkeypatch)
    with pytest.raises(InputError, match="asks for the knob 'name'"):
        needs.of_task("heard", {})


def test_a_task_that_does_not_parse_needs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_as("heard", "class Heard(\n", tmp_path, monkeypatch)
    assert needs.of_task("heard", {}) == ()


def test_a_matrix_names_each_set_once() -> None:
    found = matrix.read(CONFIG / "smoke.yaml")
    assert needs.names(found) == ("digits",)
    assert needs.of_matrix(found)["digits_spelled"] == ("digits",)
    assert needs.of_matrix(found)["adding"] == ()


@pytest.mark.parametrize("name", registry.names("tasks"))
def test_tasks_need_what_the_ledger_has_and_say_so(name: str) -> None:
    source = registry.path("tasks", name).read_text()
    found = needs.of_task(name, {})
    assert found or "from seqbench.data" not in source, "it reads data, and does not say which"
    for wanted in found:
        ledger.entry(wanted)
