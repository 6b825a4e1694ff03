"""How a cell stands with a task follows from certificates, theorems and trials."""

import pytest

from seqbench.certificates.standing import STATUSES, Pair
from seqbench.errors import InputError


@pytest.mark.parametrize(
    ("pair", "learned", "status"),
    [
        (Pair("parity", "rnn", 2), True, "certified, learned"),
        (Pair("parity", "rnn", 2), False, "certified, not learned"),
        (Pair("parity", "rnn", 1), False, "neither yet"),  # its certificate has two units
        (Pair("parity", "rnn", 1), True, "learned only"),
        (Pair("parity", "rnn", 16, layers=2), False, "neither yet"),
        (Pair("parity", "rnn", 16, bidirectional=True), False, "neither yet"),
        (Pair("parity@long", "rnn@loud", 16, {"length": 1000}, {"gain": 1.5}), False,
         "certified, not learned"),
        (Pair("parity", "rnn", 16, {"length": 1001}), False, "neither yet"),
        (Pair("parity", "min_gru", 16), False, "impossible"),
        (Pair("parity", "min_gru", 16), True, "learned only"),
        (Pair("parity", "min_gru", 16, layers=2), False, "impossible"),
        (Pair("parity", "lmu", 16), False, "impossible"),
        (Pair("parity", "lmu", 16, layers=2), False, "neither yet"),
        (Pair("group_words", "delta_net", 16, {"group": "z2"}), False, "impossible"),
        (Pair("group_words", "delta_net@negative", 16, {"group": "z2"}, {"eigenvalues": "-1..1"}),
         False, "certified, not learned"),
        (Pair("group_words", "delta_net@negative", 16, {"group": "z3"}, {"eigenvalues": "-1..1"}),
         False, "impossible"),
        (Pair("group_words", "rnn", 16), False, "certified, not learned"),  # s3 by default
        (Pair("group_words@s5", "rnn", 16, {"group": "s5"}), False, "neither yet"),
        (Pair("flip_flop", "lru", 16), False, "impossible"),
        (Pair("flip_flop", "rnn", 16, {"ignore": 0.98}), False, "neither yet"),
    ],
)  # fmt: skip
def test_the_status_of_a_pair(pair: Pair, learned: bool, status: str) -> None:
    assert pair.spoken_of
    assert pair.status(learned) == status and status in STATUSES


def test_only_some_tasks_are_spoken_of() -> None:
    assert not Pair("adding", "rnn", 16).spoken_of
    with pytest.raises(InputError, match="'nothing'"):
        _ = Pair("parity", "nothing", 16).spoken_of
