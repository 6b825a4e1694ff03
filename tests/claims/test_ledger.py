"""Every claim of the ledger: it loads, it names what exists or says what is missing."""

import importlib
import inspect
from pathlib import Path

import pytest
import yaml

from seqbench import matrix, registry
from seqbench.claims import deciding
from seqbench.claims.claim import TIERS, merged
from seqbench.claims.reader import LEDGER, PAST, find, ledger, missing, read, variants
from seqbench.errors import InputError
from seqbench.report import bibliography
from tests.helpers.places import HOME

ENTRIES = bibliography.entries()
CLAIMS = ledger()


def test_the_ledger_is_complete_and_in_reading_order() -> None:
    names = list(CLAIMS)
    assert {f"T{n}" for n in range(1, 13)} <= set(names)
    assert {"A1", "A2", "A3", "A5", "A6", "A7", "A8", "A10"} <= set(names)
    assert sum(name[0] in "SR" for name in names) >= 25
    assert [name[0] for name in names] == sorted((n[0] for n in names), key="TASR".index)
    assert names.index("T2") < names.index("T10")


@pytest.mark.parametrize("name", deciding.names())
def test_every_predicate_says_what_it_asks_for_and_decides(name: str) -> None:
    predicate = deciding.find(name)
    assert predicate.words == predicate.words.strip() and not predicate.words.endswith(".")
    module = importlib.import_module(f"seqbench.claims.predicates.{name}")
    assert module.__doc__ and module.decide.__doc__
    assert list(inspect.signature(module.decide).parameters) == ["question", "margin", "runs"]


@pytest.mark.parametrize("name", list(CLAIMS))
def test_a_claim_names_its_source_and_what_exists(name: str) -> None:
    claim = CLAIMS[name]
    assert claim.source.key in ENTRIES
    assert claim.statement.endswith(".")
    unknown = {n for kind, n in variants(claim) if n.partition("@")[0] not in registry.names(kind)}
    assert unknown == set(claim.missing), "what does not exist is declared, and nothing else is"
    absent = " ".join(missing(claim))
    assert all(f"`{name}` ({what})" in absent for name, what in claim.missing.items())
    if "scaled" not in str(claim.scaled_down) and claim.scaled_down:
        assert "in place of" in claim.scaled_down or "no tuning" in claim.scaled_down


@pytest.mark.parametrize("name", [n for n, c in CLAIMS.items() if c.tier in "SM"])
def test_claims_yaml_has_the_rows_of_every_claim_for_two_cores(name: str) -> None:
    found = matrix.read(HOME / "workflow" / "config" / "claims.yaml")
    claim = CLAIMS[name]
    if missing(claim):
        return
    for question in claim.questions:
        predicate = deciding.find(question.name)
        for arm in predicate.arms:
            rows = merged(question, arm)
            wanted = set(rows.tasks or ())
            reach = predicate.table == "reach"
            tasks = [
                t
                for t in (found.reach if reach else found.tasks)
                if {t, f"{t}@", t.partition("@")[0]} & wanted or PAST in wanted
            ]
            met = [
                (task, cell, remedy)
                for task in tasks
                for cell in (found.reach[task].cells if reach else found.cells_on(task)) or ()
                for remedy in (found.reach[task].remedies if reach else found.remedies_on(task))
                or ()
                if {cell, cell.partition("@")[0]} & set(rows.cells or ())
                and (remedy in (rows.remedies or ()) or "*" in (rows.remedies or ()))
            ]
            assert met, f"{name}: nothing in claims.yaml answers arm {arm} of {question.name}"
    assert claim.tier in TIERS


@pytest.mark.parametrize("name", list(CLAIMS))
def test_what_is_printed_says_how_far_it_was_checked(name: str) -> None:
    """What says nothing needs no check; what nobody could open was not checked."""
    claim = CLAIMS[name]
    assert (claim.reported.number is None) == (claim.verified.reported == "none")
    if claim.evidence == "unverified":
        assert {claim.verified.reported, claim.verified.setting} & {"no", "none"}
        assert claim.verified.reported not in ("source", "notes")


def test_the_reservoirs_have_as_many_trained_weights_as_their_lstm() -> None:
    found = matrix.read(HOME / "workflow" / "config" / "claims.yaml")
    for name in ("adding", "copy", "temporal_order"):
        task = registry.load_task(name, found.tasks[f"{name}@eight"])
        assert found.tasks[f"{name}@weights"] == found.tasks[f"{name}@eight"]
        i, h, o = task.inputs, found.training(f"{name}@eight").hidden, task.outputs
        lstm = 4 * h * (i + h + 1) + o * (h + 1)
        readout = o * (found.training(f"{name}@weights").hidden + 1)
        assert readout == pytest.approx(lstm, rel=0.02)


def write(folder: Path, name: str = "T5", **changes: object) -> Path:
    text = yaml.safe_load((LEDGER / "T5.yaml").read_text(encoding="utf-8")) | changes
    path = folder / f"{name}.yaml"
    left = {key: value for key, value in text.items() if value != "absent"}
    path.write_text(yaml.safe_dump(left), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tolerance": "absent"}, "the key 'tolerance' is missing"),
        ({"claims": 3}, "has no key 'claims'"),
        ({"tier": "X"}, "tier is 'X'"),
        ({"evidence": None}, "evidence is empty"),
        ({"id": "T6"}, "id is 'T6'"),
        ({"predicate": [{"name": "guess"}]}, "name is 'guess'"),
        ({"predicate": [{"name": "at_chance"}]}, "leaves its tasks, cells or remedies open"),
        ({"predicate": [{"name": "analytic", "arms": {"a": {}}}]}, "has the arms ['a']"),
        ({"predicate": [{"name": "threshold"}]}, "has no value"),
        ({"predicate": []}, "predicate is empty"),
    ],
)
def test_a_slip_is_refused_in_one_sentence_with_file_and_key(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError) as refused:
        read(write(tmp_path, **changes))
    text = str(refused.value)
    assert words in text and "T5.yaml" in text and "Allowed" in text
    assert "\n" not in text


def test_an_unchanged_copy_is_the_same_claim(tmp_path: Path) -> None:
    assert read(write(tmp_path)) == CLAIMS["T5"]


def test_an_unknown_id_says_what_there_is() -> None:
    with pytest.raises(InputError, match="'T99' is unknown. Allowed: T1, T2"):
        find("T99")
