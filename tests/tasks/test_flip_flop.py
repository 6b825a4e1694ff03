"""Flip-flops: what was written last."""

import pytest

from tests.helpers.sampling import drawn

WORDS = "wir01"


@pytest.mark.parametrize("ignore", (0.0, 0.8, 1.0))
def test_flip_flop_reads_what_was_written_last(ignore: float) -> None:
    task, batch = drawn("flip_flop", length=12, ignore=ignore, n=500)
    assert batch.mask is not None and (batch.x.sum(-1) == 1).all()
    for n in range(500):
        text = "".join(WORDS[k] for k in batch.x[:, n].argmax(-1))
        assert text[0] == "w" and text[-1] == "r" and set(text[1::2]) <= set("01")
        last = ""
        for t in range(0, len(text), 2):
            last = text[t + 1] if text[t] == "w" else last
            assert batch.mask[t, n] == (text[t] == "r")
            if text[t] == "r":
                assert str(batch.y[t, n].item()) == last
                assert text[t + 1 : t + 2] in ("", last), "a read shows what it reads"
        assert not batch.mask[1::2, n].any()


@pytest.mark.parametrize("ignore", (0.0, 0.8, 1.0))
def test_instructions_are_as_likely_as_they_should_be(ignore: float) -> None:
    _, batch = drawn("flip_flop", length=12, ignore=ignore)
    shares = batch.x[2:-1:2].mean((0, 1)).tolist()
    rest = (1 - ignore) / 2
    assert shares == pytest.approx([rest, ignore, rest, 0, 0], abs=0.01)
    assert batch.x[1::2, :, 4].mean().item() == pytest.approx(0.5, abs=0.01)


def test_flip_flop_may_reach_back_to_the_first_bit() -> None:
    task, batch = drawn("flip_flop", length=12, ignore=1.0, n=100)
    assert task.lag == 21 and (batch.y[22] == batch.x[22 - task.lag, :, 4]).all()
