"""The file name is the name, and a variant's source says the rest."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from seqbench import registry
from seqbench.description import Knob
from seqbench.errors import InputError
from seqbench.task import Task

KINDS = ("cells", "remedies", "tasks")
EVERY = [(kind, name) for kind in KINDS for name in registry.names(kind)]
LOAD = {
    "cells": registry.load_cell,
    "remedies": registry.load_remedy,
    "tasks": registry.load_task,
}


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_the_files(kind: str) -> None:
    files = {file.stem for file in (registry.HOME / kind).glob("[!_]*.py")}
    assert set(registry.names(kind)) == files


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_card_says_what_the_instance_says(kind: str, name: str) -> None:
    card = registry.describe(kind, name)
    instance = LOAD[kind](name)
    if kind == "remedies" and not instance.parts:  # the unit composes to the base class
        return
    assert {k: v.default for k, v in card.knobs.items()} == vars(instance)
    assert card.title and card.sources


def test_unknown_names_get_a_suggestion() -> None:
    with pytest.raises(InputError, match="Did you mean 'lstm'"):
        registry.base("cells", "lsmt")
    with pytest.raises(InputError, match="seqbench/cells/quantum.py"):
        registry.base("cells", "quantum")


@pytest.mark.parametrize("name", ["", "LSTM", "../lstm", "lstm@", "1st", "a b", "lstm;ls", "é"])
def test_malformed_names_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="is not a name"):
        registry.base("cells", name)


def test_a_label_that_is_a_variant_sets_it() -> None:
    assert registry.load_task("adding@hs97").variant == "hs97"
    assert registry.load_task("adding@mine", {"length": 7}).length == 7


def test_unknown_knobs_get_a_suggestion() -> None:
    with pytest.raises(InputError, match="Did you mean 'limit'"):
        registry.load_remedy("clip_norm", {"limits": 1.0})


def test_a_knob_that_hides_a_method_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    hides = dataclass(frozen=True, kw_only=True)(
        type("Adding", (Task,), {"__annotations__": {"weights": float}, "weights": 1.0})
    )
    card = replace(registry.describe("tasks", "adding"), knobs={"weights": Knob("float", 1.0)})
    monkeypatch.setattr(registry, "describe", lambda *which: card)
    monkeypatch.setattr(registry, "module", lambda *which: SimpleNamespace(Adding=hides))
    with pytest.raises(InputError, match="its knob 'weights' hides the method of that name"):
        registry.load_task("adding")


def test_knobs_of_a_composition_are_given_by_part() -> None:
    both = registry.load_remedy("clip_norm+orthogonal", {"clip_norm": {"limit": 0.5}})
    assert [type(part).__name__ for part in both.parts] == ["ClipNorm", "Orthogonal"]
    assert both.parts[0].limit == 0.5


def test_none_is_the_unit() -> None:
    assert registry.load_remedy("none+clip_norm") == registry.load_remedy("clip_norm")


def test_a_file_that_does_not_parse_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("x = 1\nclass Broken(\n")
    monkeypatch.setattr(registry, "path", lambda kind, name: tmp_path / "broken.py")
    with pytest.raises(InputError, match=r"broken\.py, line 2"):
        registry.describe("cells", "broken")


@pytest.mark.parametrize("source", ["x = 1\n", "class A: ...\nclass B: ...\n"])
def test_a_file_has_one_public_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    file = tmp_path / "odd.py"
    file.write_text(source)
    monkeypatch.setattr(registry, "path", lambda kind, name: file)
    with pytest.raises(InputError, match="Allowed: exactly one"):
        registry.describe("cells", "odd")


def test_facts_and_knobs_are_inherited_along_the_lineage() -> None:
    adding = registry.describe("tasks", "adding")
    assert adding.facts["metric"] == "mse" and adding.facts["io_shape"] == "many_to_one"
    assert [file.name for file in adding.lineage] == ["adding.py", "__init__.py"]
    ablation = registry.describe("cells", "lstm_nig")
    assert [file.name for file in ablation.lineage] == ["lstm_nig.py", "_peephole.py", "cell.py"]
    assert ablation.facts["family"] == "lstm"  # said by the shared base
    base = registry.describe("remedies", "truncate").lineage[-1]
    assert base.relative_to(registry.HOME).as_posix() == "remedy/__init__.py"


def test_what_two_bases_extend_comes_behind_both() -> None:
    translation = registry.describe("tasks", "multi30k_de_en")
    files = [file.relative_to(registry.HOME).as_posix() for file in translation.lineage]
    assert files[0] == "tasks/multi30k_de_en.py"
    assert files[1:] == ["task/speaking.py", "task/pooled.py", "task/__init__.py"]
    assert translation.facts["larger_is_better"] is True, "said by Classification, not by Task"
    assert translation.facts["generates"] is True, "said by BeamSearched, not by Speaking"
