"""Sums and differences, digit by digit."""

import pytest

from tests.helpers.sampling import drawn

WORDS = "0123456789+-= "


@pytest.mark.parametrize("digits", (1, 2, 5))
def test_arithmetic_is_what_python_says(digits: int) -> None:
    task, batch = drawn("arithmetic", digits=digits, n=500)
    assert batch.mask is not None and (batch.x.sum(-1) == 1).all()
    asked = batch.mask[:, 0] > 0
    for n in range(500):
        text = "".join(WORDS[k] for k in batch.x[:, n].argmax(-1))
        assert len(text) == task.lag + 1 and text.index("=") == 2 * digits + 1
        a, sign, b = text[:digits], text[digits], text[digits + 1 : 2 * digits + 1]
        value = int(a) + int(b) if sign == "+" else int(a) - int(b)
        said = "".join(WORDS[k] for k in batch.y[asked, n])
        assert said == f"{value:+0{digits + 2}d}"
        assert text[2 * digits + 2 :].isspace(), "no answer is shown"
    assert asked.nonzero()[0] == 2 * digits + 1, "the sign is said at ="


def test_the_first_digit_of_an_answer_may_depend_on_the_last_ones_read() -> None:
    _, batch = drawn("arithmetic", digits=1)
    read, first = batch.x.argmax(-1)[:3], batch.y[4]
    for t in (0, 1, 2):
        assert all(len(first[read[t] == k].unique()) == 2 for k in set(read[t].tolist()) - {0, 11})
