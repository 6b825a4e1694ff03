"""Which remedy suits which cell and task; who objects says why."""

import pytest
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.task import Task
from tests.helpers.passes import made
from tests.helpers.remedies import FreeRunning, Likely, OneStep, Recall, Series
from tests.helpers.weights import PARAMETRIZATIONS

LOOP, SQUARE = "The cell has no recurrent weights.", "no square recurrent matrix"
SQUARED = ("spectral_clip", "orthogonalized_update", "nonnormal_init", "rescaled_glorot")
ONE_STEP, NO_PAST = "one step only", "hands nothing on"
OBJECTIONS = [
    ("truncate", "rnn", OneStep(), "nothing to cut"),
    ("truncate", "rnn", Recall(far=0), "nothing to cut"),
    ("truncate", "memoryless", Recall(), "nothing to cut"),
    ("small_init", "memoryless", Recall(), LOOP),
    ("weight_penalty", "memoryless", Recall(), LOOP),
    ("freeze_recurrent", "memoryless", Recall(), LOOP),
    ("orthogonal", "memoryless", Recall(), LOOP),
    ("orthogonal", "jordan", Recall(), SQUARE),
    ("spectral_radius", "jordan", Recall(), SQUARE),
    ("identity", "jordan", Recall(), SQUARE),
    ("identity", "lstm", Recall(), "has gates"),
    ("identity", "gru", Recall(), "has gates"),
    ("forget_bias", "rnn", Recall(), "no forget gate"),
    ("freeze_recurrent", "jordan", Recall(), "through the readout"),
    ("ridge_readout", "jordan", Recall(), "through the readout"),
    ("ridge_readout", "rnn", FreeRunning(), "its own outputs"),
    ("ridge_readout", "rnn", Likely(), "scores probabilities"),
    ("clip_norm+orthogonal", "memoryless", Recall(), LOOP),
    ("truncate", "jordan", Recall(), None),
    ("small_init", "jordan", Recall(), None),
    ("weight_penalty", "jordan", Recall(), None),
    ("orthogonal", "lstm", Recall(), None),
    ("identity", "rnn", Recall(), None),
    ("forget_bias", "gru", Recall(), None),
    ("ridge_readout", "memoryless", Recall(), None),
    ("spectral_radius+ridge_readout", "lstm", Recall(), None),
    *(
        (name, "memoryless", Recall(), LOOP)
        for name in (*PARAMETRIZATIONS, "stiefel", "critical_init")
    ),
    *(
        (name, "jordan", Recall(), SQUARE)
        for name in (*PARAMETRIZATIONS, "stiefel", "critical_init")
    ),
    ("recurrent_bound", "memoryless", Recall(), LOOP),
    ("recurrent_bound", "jordan", Recall(), SQUARE),
    ("recurrent_bound", "rnn", Recall(far=0), "no lag"),
    ("max_norm", "memoryless", Recall(), LOOP),
    ("chrono", "rnn", Recall(), "no forget gate"),
    ("chrono", "lstm", Recall(far=0), "no time scale"),
    ("uniform_gate", "rnn", Recall(), "no forget gate"),
    *((name, "lstm", Recall(), None) for name in (*PARAMETRIZATIONS, "stiefel", "critical_init")),
    ("max_norm", "jordan", Recall(), None),
    ("uniform_gate", "gru", Recall(far=0), None),
    ("normalize_gradient", "memoryless", Recall(far=0), None),
    ("gradient_noise", "memoryless", Recall(far=0), None),
    ("adaptive_clip", "memoryless", Recall(far=0), None),
    *((name, "memoryless", Recall(), NO_PAST) for name in ("clip_through_time", "zoneout", "skip")),
    *((name, "memoryless", Recall(), NO_PAST) for name in ("leaky", "omega", "omega_vjp")),
    *((name, "memoryless", Recall(), NO_PAST) for name in ("h_detach", "recurrent_dropout")),
    *((name, "rnn", OneStep(), ONE_STEP) for name in ("clip_through_time", "zoneout", "skip")),
    *((name, "rnn", OneStep(), ONE_STEP) for name in ("leaky", "omega", "norm_stabilizer")),
    ("h_detach", "rnn", Recall(), "by h alone"),
    ("h_detach", "gru", Recall(), "by h alone"),
    ("h_detach", "jordan", Recall(), "not that state itself"),
    ("h_detach", "lstm", Recall(), None),
    ("recurrent_dropout", "gru", Recall(), "without weights"),
    ("recurrent_dropout", "jordan", Recall(), "not that state itself"),
    ("recurrent_dropout", "rnn", Recall(), None),
    ("recurrent_dropout", "lstm_peephole", Recall(), None),
    ("omega", "lstm", Recall(), "published for"),
    ("omega", "gru", Recall(), "published for"),
    ("omega", "jordan", Recall(), "published for"),
    ("omega", "rnn", Likely(), None),
    ("omega_vjp", "jordan", Recall(), None),
    ("soft_orthogonality", "jordan", Recall(), SQUARE),
    ("soft_orthogonality", "lstm", Recall(), None),
    ("zoneout", "jordan", Recall(), None),
    ("placebo", "memoryless", OneStep(), None),
    ("input_gradient_penalty", "memoryless", OneStep(), None),
    ("leaky+spectral_radius+ridge_readout", "rnn", Recall(), None),
    *((name, "memoryless", Recall(), NO_PAST) for name in ("es2n", "gradient_flossing")),
    *((name, "rnn", OneStep(), ONE_STEP) for name in ("es2n", "gradient_flossing", "layer_norm")),
    *((name, "jordan", Recall(), SQUARE) for name in SQUARED),
    *((name, "memoryless", Recall(), LOOP) for name in (*SQUARED, "stable_reparametrization")),
    *((name, "lstm", Recall(), None) for name in (*SQUARED, "es2n", "layer_norm")),
    ("gradient_flossing", "jordan", Recall(), None),
    ("intrinsic_plasticity", "rnn", Recall(far=0), None),
    ("curriculum", "rnn", Recall(), "no knob `length`"),
    ("curriculum", "rnn", registry.load_task("adding", {"variant": "bai18"}), "recorded"),
    ("curriculum", "memoryless", Series(), None),
    ("timing_codes", "rnn", Recall(), "one number"),
    ("timing_codes", "rnn", Series(), None),
    ("scheduled_sampling", "rnn", Recall(), "not the input of a later step"),
    ("scheduled_sampling", "rnn", FreeRunning(), "not the input of a later step"),
    ("scheduled_sampling", "rnn", Series(), None),
    ("generalized_teacher_forcing", "rnn", Recall(), "no forecast"),
    ("generalized_teacher_forcing", "lstm", Series(ahead=3), None),
    ("curriculum+ridge_readout", "rnn", Series(), "solved, not trained"),
    ("scheduled_sampling+ridge_readout", "rnn", Series(), "solved, not trained"),
    ("timing_codes+ridge_readout", "rnn", Series(), None),
    ("scheduled_sampling+generalized_teacher_forcing", "rnn", Series(), "exclude each other"),
    ("scheduled_sampling+gradient_penalty", "rnn", Series(), "looks at the pass"),
    ("scheduled_sampling+rtrl", "rnn", Series(), "looks at the pass"),
    ("timing_codes+rtrl", "rnn", Series(), None),
    ("curriculum+scheduled_sampling+timing_codes+zoneout", "rnn", Series(), None),
]


@pytest.mark.parametrize(("name", "cell_name", "task", "words"), OBJECTIONS)
def test_objections(name: str, cell_name: str, task: Task, words: str | None) -> None:
    objection = registry.load_remedy(name).suits(registry.load_cell(cell_name), task)
    assert objection is None if words is None else words in (objection or "")


def test_chrono_with_a_time_scale_of_its_own_asks_for_no_lag() -> None:
    remedy = registry.load_remedy("chrono", {"longest": 40})
    assert remedy.suits(registry.load_cell("lstm"), Recall(far=0)) is None


def test_a_leak_makes_a_simple_recurrence_another_one() -> None:
    """The cell declares the very weights of `rnn`, but its step back is no product with U alone."""

    class Leaking(type(registry.load_cell("rnn"))):
        def step(self, params: Tensors, state: State, x: Tensor) -> State:
            return (0.5 * state[0] + 0.5 * super().step(params, state, x)[0],)

    class Blended(type(registry.load_cell("rnn"))):
        memory: tuple[str, ...] = ()

    for name in ("omega", "recurrent_dropout"):
        assert "without weights" in (made(name).suits(Leaking(), Recall()) or "")
    for name in ("zoneout", "skip", "leaky"):
        assert "may be mixed" in (made(name).suits(Blended(), Recall()) or "")


def test_a_cell_with_a_recurrent_vector_has_a_loop_but_no_square() -> None:
    cell = registry.load_cell("indrnn")
    assert cell.params()["u"].rows == "1"
    assert registry.load_remedy("small_init").suits(cell, Recall()) is None
    objection = registry.load_remedy("orthogonal").suits(cell, Recall())
    assert objection and "no square recurrent matrix" in objection
