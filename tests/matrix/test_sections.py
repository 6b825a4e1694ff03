"""The sections only, reach and match: what they choose, and how a slip in them is named."""

from typing import Any

import pytest

from seqbench import sources
from seqbench.errors import InputError
from seqbench.matrix import needs
from tests.helpers.matrices import GOOD, Read, changed, refusal

ONLY = {"adding": {"cells": ["lstm"], "remedies": ["none"]}}
REACH: dict[str, Any] = {"adding": {"from": 10, "to": 80}}

WRONG = [
    ("only", {"addin": {}}, "Did you mean 'adding'?"),
    ("only", {"adding": {"cell": ["rnn"]}}, "only.adding has no key 'cell'. Keys: cells, remedies"),
    ("only", {"adding": {"cells": ["lstn"]}}, "only.adding.cells: the matrix has no 'lstn'"),
    ("only", {"adding": {"cells": ["gru"]}}, "the matrix has no 'gru' under cells"),
    ("only", {"adding": {"remedies": ["clip"]}}, "Did you mean 'clip_norm'?"),
    ("only", {"adding": {"cells": []}}, "only.adding.cells is empty"),
    ("only", {"adding": {"cells": ["rnn", "rnn"]}}, "values that all differ"),
    ("only", {"adding": {"cells": "rnn"}}, "only.adding.cells is 'rnn'"),
    ("only", ["adding"], "only is"),
    ("only", None, "only is empty"),
    ("only", {"adding": None}, "only.adding is empty"),
    ("only", {"adding": {"cells": [1]}}, "only.adding.cells[0] is 1"),
    ("only", {"adding": {"cells": {"rnn": None}}}, "only.adding.cells is {'rnn': None}"),
    ("only", {"adding": {"cells": ["rnn"]}}, "cells.rnn@loud: meets no task"),
    ("only", {"adding": {"remedies": ["none"]}}, "remedies.clip_norm: meets no task"),
    ("reach", {"adding": {"to": 80}}, "'reach.adding.from' is missing"),
    ("reach", {"adding": {"from": 10}}, "'reach.adding.to' is missing"),
    ("reach", {"adding": {"from": 10, "to": 5}}, "to is 5 and from is 10"),
    ("reach", {"adding": {"from": 0, "to": 5}}, "reach.adding.from is 0"),
    ("reach", {"adding": {"from": 1, "to": 5, "form": 3}}, "Did you mean 'from'?"),
    ("reach", {"adding": {"from": 1, "to": 5, "resolution": 1.0}}, "resolution is 1.0"),
    ("reach", {"adding": {"from": 1, "to": 5, "further": [0.5]}}, "reach.adding.further[0] is 0.5"),
    ("reach", {"adding": {"from": 1, "to": 5, "knob": "lenght"}}, "Did you mean 'length'?"),
    ("reach", {"adding": {"from": 1, "to": 5, "knob": "variant"}}, "reach.adding.from is 1"),
    ("reach", {"digits": {"from": 1, "to": 5}}, "the task has no knob 'length' that could grow"),
    ("reach", {"adding": {"from": 1, "to": 10**9}}, "reach.adding.to is 1000000000"),
    ("reach", {"adding": {"from": 1, "to": 5, "further": [1e300]}}, "further[0] is 1e+300"),
    ("reach", {"adding": {"from": 1, "to": 5, "knobs": {"length": 3}}}, "the knob that grows"),
    ("reach", {"adding": {"from": 1, "to": 5, "knobs": {"varant": 3}}}, "Did you mean 'variant'?"),
    ("reach", {"adding": {"from": 1, "to": 5, "cells": ["gru"]}}, "reach.adding.cells"),
    ("reach", {"adding": {"from": 1, "to": 5, "remedies": ["non"]}}, "Did you mean 'none'?"),
    ("reach", {"adding": {"from": 1, "to": 5, "train": {"hiden": 3}}}, "reach.adding.train has no"),
    ("reach", {"adding": {"from": 1, "to": 5, "train": {"updates": 30}}}, "is 50 with 30 updates"),
    ("reach", {"ading": {"from": 1, "to": 5}}, "Did you mean 'adding'?"),
    ("reach", "adding", "reach is 'adding'"),
    ("reach", {"adding": None}, "reach.adding is empty"),
    ("reach", {"adding": {"from": 1.5, "to": 5}}, "reach.adding.from is 1.5"),
    ("reach", {"adding": {"from": True, "to": 5}}, "reach.adding.from is True"),
    ("reach", {"adding": {"from": 1, "to": 5, "start": 1}}, "reach.adding has no key 'start'"),
    ("reach", {"adding": {"from": 1, "to": 5, "knob": ""}}, "the task has no knob ''"),
    ("reach", {"adding": {"from": 1, "to": 5, "knobs": [1]}}, "reach.adding.knobs is (1,)"),
    ("reach", {"adding": {"from": 1, "to": 5, "train": None}}, "reach.adding.train is empty"),
    ("reach", {"adding": {"from": 1, "to": 5, "further": [2, 2.0]}}, "values that all differ"),
    ("reach", {"adding": {"from": 1, "to": 5, "resolution": float("inf")}}, "a finite number"),
    ("reach", {"adding": {"from": 1, "to": 10**6, "further": [1.1]}}, "would reach 1,100,000"),
    ("reach", {"adding@": {"from": 1, "to": 5}}, "'adding@' is not a name"),
    ("reach", {"../adding": {"from": 1, "to": 5}}, "'../adding' is not a name"),
    ("train", {"match": None}, "train.match is empty"),
    ("train", {"match": ["units"]}, "train.match is ('units',)"),
    ("train_on", {"adding": {"match": "Units"}}, "train_on.adding.match is 'Units'"),
    ("train", {"match": "weights"}, "'units', 'parameters' or 'state'"),
    ("parallel", "yes please", "parallel is 'yes please'"),
    ("parallel", None, "parallel is empty"),
    ("parallel", 1, "parallel is 1"),
]  # fmt: skip


@pytest.mark.parametrize(("section", "value", "words"), WRONG)
def test_a_slip_in_a_section_is_named(read: Read, section: str, value: object, words: str) -> None:
    assert words in refusal(read, changed(section, to=value))


def test_where_there_is_nothing_to_measure_it_is_not_asked_for(read: Read) -> None:
    asked = changed("parallel", to=True)
    assert read(asked).job("adding", "rnn").parallel
    assert not read(GOOD).job("adding", "rnn").parallel
    assert read(asked).job("adding", "rnn").digest != read(GOOD).job("adding", "rnn").digest
    assert not read(asked | {"reach": REACH}).reach_job("adding", "rnn").job.parallel
    late = asked | {"remedies": {"clip_norm": None, "zoneout+orthogonal": None}}
    assert "every remedy does more than to shape weights" in refusal(read, late)
    assert read(late | {"remedies": {"clip_norm": None, "orthogonal+forget_bias": None}})
    tall = asked | {"train": {**asked.get("train", {}), "layers": 2}}
    assert "more than one cell by itself" in refusal(read, tall)
    tasks = {"tasks": {"adding": None, "copy": None}, "train_on": {"copy": {"layers": 1}}}
    assert read(tall | tasks)


def test_only_leaves_out_jobs_and_remedies(read: Read) -> None:
    content = changed("only", to=ONLY)
    content["tasks"] = {"adding": {"length": 20}, "copy": None}
    found = read(content)
    assert found.jobs() == [("adding", "lstm"), *(("copy", cell) for cell in GOOD["cells"])]
    assert [*found.job("adding", "lstm").remedies] == ["none"]
    assert [*found.job("copy", "rnn").remedies] == [*GOOD["remedies"]]
    assert found.trials("adding") == 2 and found.trials("copy") == 6
    with pytest.raises(InputError, match="only.adding.cells"):
        found.job("adding", "rnn")
    alone = sources.checksum(*sources.of_job("adding", "lstm", ["none"]))
    assert found.code("adding", "lstm") == alone


def test_what_only_a_search_trains_is_not_idle(read: Read) -> None:
    content = changed("only", to=ONLY)
    few = {"cells": ["lstm"], "remedies": ["none"]}
    for section in ({"adding": REACH["adding"]}, {"adding": REACH["adding"] | few}):
        assert "meets no task" in refusal(read, content | {"reach": section})
    every = {"cells": [*GOOD["cells"]], "remedies": [*GOOD["remedies"]]}
    for section in ({"adding": REACH["adding"] | every}, {"copy": REACH["adding"]}):
        assert read(content | {"reach": section}).jobs() == [("adding", "lstm")]


def test_other_tasks_do_not_notice_only(read: Read) -> None:
    content = changed("tasks", to={"adding": {"length": 20}, "copy": None})
    before, after = read(content), read(content | {"only": ONLY})
    for cell in GOOD["cells"]:
        assert after.job("copy", cell).digest == before.job("copy", cell).digest
        assert after.code("copy", cell) == before.code("copy", cell)


def test_a_search_has_what_its_task_has_and_what_it_says_itself(read: Read) -> None:
    content = changed("train_on", to={"adding": {"hidden": 7, "updates": 200}})
    content["tasks"] = {"adding": {"length": 20, "variant": "pascanu13"}}
    content["reach"] = {
        "adding": {"from": 10, "to": 80, "cells": ["lstm"], "train": {"updates": 300}},
        "temporal_order": {"from": 10, "to": 20, "remedies": ["clip_norm", "none"]},
    }
    found = read(content)
    cells = [*GOOD["cells"]]
    assert found.reach_jobs() == [("adding", "lstm"), *(("temporal_order", c) for c in cells)]
    search = found.reach_job("adding", "lstm")
    assert search.job.task_knobs == {"variant": "pascanu13"}
    assert (search.job.training.hidden, search.job.training.updates) == (7, 300)
    job = search.at(12, ["none"])
    assert job.task_knobs == {"variant": "pascanu13", "length": 12} and [*job.remedies] == ["none"]
    other = found.reach_job("temporal_order", "rnn")
    assert other.job.training == found.train and other.job.task_knobs == {}
    assert [*other.job.remedies] == ["none", "clip_norm"]  # in the order of the matrix
    with pytest.raises(InputError, match="reach.adding.cells"):
        found.reach_job("adding", "rnn")


def test_the_digest_of_a_search_is_that_of_all_it_says(read: Read) -> None:
    def digest(**more: object) -> str:
        search = REACH["adding"] | more
        return read(changed("reach", to={"adding": search})).reach_job("adding", "rnn").digest

    one = digest()
    assert digest() == one
    for more in ({"to": 81}, {"resolution": 1.5}, {"further": [2]}, {"train": {"hidden": 5}}):
        assert digest(**more) != one


@pytest.mark.parametrize("match", ["parameters", "state"])
def test_a_label_may_stand_for_other_training(read: Read, match: str) -> None:
    content = changed("train_on", to={"adding@equal": {"match": match}})
    content["tasks"] = {"adding": None, "adding@equal": None}
    found = read(content)
    assert found.training("adding").match == "units"
    assert found.training("adding@equal").match == match
    content["train_on"] = {}
    assert "the label 'equal' changes nothing" in refusal(read, content)


def test_what_a_search_reads_is_fetched(read: Read) -> None:
    content = changed("reach", to={"ptb_chars": {"knob": "window", "from": 10, "to": 20}})
    assert needs.names(read(content)) == ("ptb",)
