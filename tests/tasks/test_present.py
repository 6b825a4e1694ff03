"""No knowledge of the present helps where a task says so."""

from tests.helpers.signals import draw, unexplained


def test_no_knowledge_of_the_present_helps_where_it_says_so() -> None:
    """past_only: the input of the step that is asked is independent of the answer."""
    for name in ("timing", "delay_memory", "sine_generation"):
        task, batch = draw(name, 2_000)
        assert task.past_only
        asked = slice(None) if batch.mask is None else batch.mask > 0
        x, y = batch.x[asked].flatten().double().numpy(), batch.y[asked].double()
        y = y.reshape(len(x), -1).numpy()[:, 0]
        if x.std() > 0:
            assert unexplained([x, x**2, x**3], y) > 0.97
