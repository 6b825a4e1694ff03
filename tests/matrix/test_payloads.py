"""Names and places of a matrix are refused where they mean something to anybody but us."""

import json
from pathlib import Path

import pytest

from seqbench import matrix
from seqbench.errors import InputError
from tests.helpers.payloads import ALL

WHOLE = {
    "name": "Payloads",
    "tasks": {"adding": {}},
    "cells": {"rnn": {}},
    "remedies": {"none": {}},
}
PLACES = {
    "task": lambda text: {"tasks": {text: {}}},
    "label of a task": lambda text: {"tasks": {f"adding@{text}": {}}},
    "cell": lambda text: {"cells": {f"rnn@{text}": {}}},
    "remedy": lambda text: {"remedies": {text: {}}},
    "part of a remedy": lambda text: {"remedies": {f"none+{text}": {}}},
    "knob": lambda text: {"cells": {"rnn": {text: 1}}},
    "value of a knob": lambda text: {"cells": {"rnn": {"activation": text}}},
    "optimizer": lambda text: {"train": {"optimizer": text}},
    "only": lambda text: {"only": {text: {"cells": ["rnn"]}}},
    "search": lambda text: {"reach": {text: {"knob": "length"}}},
    "key": lambda text: {text: 1},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_hostile_text_is_refused_in_a_sentence(place: str, tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    for text in ALL:
        if place in ("label of a task", "cell") and text == "con":
            continue  # a label like any other
        file.write_text(json.dumps(WHOLE | PLACES[place](text)))
        with pytest.raises(InputError) as refused:
            matrix.read(file)
        said = str(refused.value)
        assert said.startswith(f"{file}: ") and "\n" not in said, text
        assert sorted(tmp_path.iterdir()) == [file]


def test_a_hostile_title_is_taken_as_it_is(tmp_path: Path) -> None:
    for text in ALL:
        (tmp_path / "m.yaml").write_text(json.dumps(WHOLE | {"name": text}))
        assert matrix.read(tmp_path / "m.yaml").name == text
