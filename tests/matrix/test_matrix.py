"""Whatever is wrong with a matrix is said in one sentence that names the file and the key."""

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqbench import matrix, registry
from seqbench.errors import InputError
from tests.helpers.matrices import GOOD, Read, changed, refusal
from tests.helpers.places import CONFIG

CONFIGS = sorted(CONFIG.glob("*.yaml"))


MATRICES = [file for file in CONFIGS if file.stem != "datasets"]


WRONG = [
    # where, its value, words that the sentence has
    (("tasks",), ..., "'tasks' is missing"),
    (("tasks",), {}, "tasks is empty"),
    (("tasks",), None, "tasks is empty"),
    (("cells",), {}, "cells is empty"),
    (("cells",), ["rnn"], "cells is"),
    (("remedies",), {}, "remedies is empty"),
    (("seeds",), [], "seeds is empty"),
    (("seeds",), [1, 1], "values that all differ"),
    (("seeds",), [-1], "seeds[0] is -1"),
    (("seeds",), [True], "seeds[0] is True"),
    (("seeds",), [1.5], "seeds[0] is 1.5"),
    (("seeds",), 3, "seeds is 3"),
    (("seed",), 3, "Did you mean 'seeds'?"),
    (("name",), "", "name is ''"),
    (("results",), "../{task}", "results is '../{task}'"),
    (("report",), "a; rm b", "report is"),
    (("train",), [], "train is empty"),
    (("train", "optimiser"), "adam", "Did you mean 'optimizer'?"),
    (("train", "optimizer"), "adamw", "'sgd', 'rmsprop' or 'adam'"),
    (("train", "hidden"), 0, "train.hidden is 0"),
    (("train", "hidden"), -4, "train.hidden is -4"),
    (("train", "hidden"), "32", "train.hidden is '32'"),
    (("train", "batch"), True, "train.batch is True"),
    (("train", "batch"), 1.5, "train.batch is 1.5"),
    (("train", "learning_rates"), [], "train.learning_rates is empty"),
    (("train", "learning_rates"), [0.0], "train.learning_rates[0] is 0.0"),
    (("train", "learning_rates"), [math.nan], "train.learning_rates[0] is nan"),
    (("train", "learning_rates"), [math.inf], "train.learning_rates[0] is inf"),
    (("train", "learning_rates"), [0.1, 0.10], "values that all differ"),
    (("train", "momentum"), 1.0, "train.momentum is 1.0"),
    (("train", "momentum"), 0.9, "train: momentum is 0.9 with adam on"),
    (("train", "evaluate_every"), 101, "evaluate_every is 101 with 100 updates"),
    (("train_on",), {"addin": {}}, "Did you mean 'adding'?"),
    (("train_on",), {"adding": {"hiden": 3}}, "train_on.adding has no key 'hiden'"),
    (("train_on",), {"adding": {"updates": 30}}, "evaluate_every is 50 with 30 updates"),
    (("train_on",), {"adding": {"bidirectional": True}}, "has seen the answer"),
    (("tasks", "adding"), 3, "tasks.adding is 3"),
    (("tasks", "adding", "length"), 0, "tasks.adding.length is 0"),
    (("tasks", "adding", "length"), "20", "tasks.adding.length is '20'"),
    (("tasks", "adding", "lenght"), 20, "Did you mean 'length'?"),
    (("tasks", "adding", "variant"), "hs79", "tasks.adding.variant is 'hs79'"),
    (("tasks", "ading"), None, "Did you mean 'adding'?"),
    (("tasks", "adding@hs79"), None, "the label 'hs79' changes nothing"),
    (("cells", "lsmt"), None, "Did you mean 'lstm'?"),
    (("cells", "LSTM"), None, "'LSTM' is not a name"),
    (("cells", "../rnn"), None, "'../rnn' is not a name"),
    (("cells", "rnn@same"), None, "the label 'same' changes nothing"),
    (("cells", "rnn", ), {"gain": math.nan}, "cells.rnn.gain is nan"),
    (("cells", "rnn"), {"activation": "tan"}, "cells.rnn.activation is 'tan'"),
    (("remedies", "clip_norm", "limits"), 1.0, "Did you mean 'limit'?"),
    (("remedies", "clip_norm", "limit"), 0, "remedies.clip_norm.limit is 0"),
    (("remedies", "clip_norm+clip_norm"), None, "has a part twice"),
    (("remedies", "clip_norm+"), None, "'' is not a name"),
    (("remedies", "clip_norm+ortogonal"), None, "Did you mean 'orthogonal'?"),
    (("remedies", "clip_norm+orthogonal", "limit"), 1.0, "has no part 'limit'"),
    (("remedies", "clip_norm+orthogonal", "clip_norm"), 3, "clip_norm is 3"),
    (("remedies", "clip_norm+orthogonal", "clip_norm"), {"limits": 3}, "Did you mean 'limit'?"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "value", "words"), WRONG)
def test_a_slip_is_named(read: Read, where: tuple[str, ...], value: object, words: str) -> None:
    assert words in refusal(read, changed(*where, to=value))


SHAPELESS = [
    ("name: [1\nseeds: 2", "m.yaml:2: "),
    ("name: a\nname: b", "m.yaml:2: the key 'name' for the second time"),
    ("tasks:\n  adding:\n  adding:\n", "m.yaml:3: the key 'adding' for the second time"),
    ("name: &x a\nresults: *x", "m.yaml:2: aliases"),
    ("name: !!python/object/apply:os.system [ls]", "m.yaml:1: tags"),
    ("[1, 2]", "is not a mapping"),
    ("", "is not a mapping"),
    ("a: 1\n---\nb: 2", "m.yaml:2"),
    ("1: 2", "m.yaml:1: a key that is not text"),
    ("a: " + "[" * 100, "m.yaml:1: nested deeper"),
    ("a: " + "x" * 200_000, "bytes"),
    ("\tname: a", "m.yaml:1"),
]


@pytest.mark.parametrize(("text", "words"), SHAPELESS)
def test_what_is_not_plain_yaml_is_named(read: Read, text: str, words: str) -> None:
    assert words in refusal(read, text)


def test_a_file_that_is_absent_or_a_folder_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            matrix.read(file)


def test_several_problems_are_counted(read: Read) -> None:
    assert refusal(read, changed("train", to={"hidden": 0, "batch": 0})).endswith("(and 1 more)")


def test_numbers_and_words_are_read_as_written(read: Read) -> None:
    text = yaml.safe_dump(changed("train", to=...)) + "train: {learning_rates: [1e-3]}"
    assert read(text).train.learning_rates == (0.001,)
    assert read(changed("name", to="no")).name == "no"


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_no_bytes_end_in_a_traceback(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "m.yaml"
    file.write_bytes(data)
    with pytest.raises(InputError) as caught:
        matrix.read(file)
    assert "\n" not in str(caught.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


PLACES = st.sampled_from([w for w, _, _ in WRONG])


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(where=PLACES, value=VALUES)
def test_no_value_ends_in_a_traceback(read: Read, where: tuple[str, ...], value: object) -> None:
    try:
        read(changed(*where, to=value))
    except InputError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("file", MATRICES, ids=lambda file: file.stem)
def test_the_matrices_that_come_along_are_good(file: Path) -> None:
    assert matrix.read(file).jobs()


def test_the_full_matrix_has_every_variant() -> None:
    full = matrix.read(next(file for file in MATRICES if file.stem == "full"))
    for kind in matrix.KINDS:
        parts = {part for name in getattr(full, kind) for part in registry.parts(name)}
        assert {registry.base(kind, part) for part in parts} == set(registry.names(kind))


def test_train_on_overrides_only_what_it_names(read: Read) -> None:
    found = read(changed("train_on", to={"adding": {"hidden": 7}}))
    assert found.training("adding").hidden == 7
    assert found.training("adding").updates == 100
    assert found.train.hidden == 32


def test_a_job_knows_its_knobs_and_its_digest(read: Read) -> None:
    job = read(GOOD).job("adding", "rnn@loud")
    assert job.cell_knobs == {"gain": 1.5}
    assert job.remedies["clip_norm"] == {"limit": 1.0}
    assert job.digest == read(GOOD).job("adding", "rnn@loud").digest
    for path, value in (
        (("seeds",), [1, 2, 3]),
        (("train", "hidden"), 8),
        (("tasks", "adding", "length"), 21),
        (("cells", "rnn@loud", "gain"), 1.6),
        (("remedies", "identity"), None),
    ):
        assert read(changed(*path, to=value)).job("adding", "rnn@loud").digest != job.digest
    assert read(changed("cells", "gru", to=None)).job("adding", "rnn@loud").digest == job.digest


def test_a_job_that_is_not_in_the_matrix_is_refused(read: Read) -> None:
    with pytest.raises(InputError, match="Did you mean 'adding'"):
        read(GOOD).job("addin", "rnn")
    with pytest.raises(InputError, match="Allowed: nothing, as the matrix has no reach. Add it"):
        read({k: v for k, v in GOOD.items() if k != "reach"}).reach_job("adding", "rnn")


def test_a_variant_that_does_not_parse_does_not_stop_the_matrix(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("class Broken(\n")
    original = registry.path
    monkeypatch.setattr(registry, "base", lambda kind, name: name.partition("@")[0])
    monkeypatch.setattr(
        registry,
        "path",
        lambda kind, name: tmp_path / "broken.py" if name == "broken" else original(kind, name),
    )
    found = read(changed("cells", "broken", to={"knob": 3}))
    assert found.cells["broken"] == {"knob": 3}
