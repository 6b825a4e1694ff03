"""What a variant must not do, and the sentence that says where it does."""

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.errors import InputError, place
from seqbench.remedy import Remedy
from seqbench.task import Task

# rule -> what is wrong, what is allowed, what to do
RULES = {
    "company": (
        "a trial's result changes with the other trials of its stack",
        "what its own rows say: the last two axes are the mathematics, any axis in front is trials",
        "Reduce over the last two axes only, and let no `if`, item() or float() look at numbers.",
    ),
    "order": (
        "a trial's result changes with its place in the stack, or with how many there are",
        "what its own rows say: the last two axes are the mathematics, any axis in front is trials",
        "Count axes from the end (-1, -2), and ask for no size in front of these.",
    ),
    "batch": (
        "the result of one sequence changes with the other sequences of its batch",
        "a step that treats every sequence by itself",
        "Take statistics over the last axis only.",
    ),
    "again": (
        "the same inputs give another result the second time",
        "a function of what it is given and nothing else",
        "Keep nothing between two calls.",
    ),
    "draws": (
        "it draws from a global random generator",
        "at.noise for a remedy, the stream for a task or initialize(), no random numbers in a step",
        "Draw from these, or do without.",
    ),
    "self": (
        "it keeps something from one call to the next",
        "knobs, which stay as they are",
        "Carry it in the state, or do without.",
    ),
    "inputs": (
        "it writes into what it was given",
        "operations that make new tensors",
        "Do without methods that end with _, assignments to parts, and changes of a dictionary.",
    ),
    "frozen": (
        "it uses a weight of a torch.nn module, which would never train",
        "weights that params() declares",
        "Declare it there and take it from `params`.",
    ),
    "shape": (
        "what it gives has other names, shapes or types than what it replaces",
        "the same ones: the last two axes are the mathematics, any axis in front is trials",
        "Change nothing but the numbers.",
    ),
    "gradient": (
        "none of the cell's weights gets a gradient",
        "a step whose result depends on its weights; `freeze_recurrent` is a remedy",
        "Look for detach(), .data, no_grad() or a result that is made of constants.",
    ),
    "outputs": (
        "it does not depend on the outputs, so nothing would be learned",
        "a loss made of the outputs, without detach(), argmax() or item() in between",
        "Change the loss.",
    ),
    "fillers": (
        "it changes with answers whose weight is 0 in batch.mask",
        "a mean over the answers that have a weight: the last stream of windows is filled up, and "
        "the mask says with what",
        "Use weighted_mean(values, batch.mask), or give every answer its weight.",
    ),
}
_OURS = {base.__module__ for base in (Cell, Remedy, Task)}

Line = tuple[str, int, str]  # file, line, function


class Impure(InputError):
    """A variant breaks a rule; the sentence names the line, the rule, and what to do."""


def impure(
    rule: str, variant: object, verb: str, line: Line | None = None, more: str = ""
) -> Impure:
    """The refusal. line: where it happens; None: only the verb is known. more: details, if any."""
    wrong, allowed, advice = RULES[rule]
    file, number, function = line or _defined(variant, verb)
    details = f" ({more})" if more else ""
    words = f"{wrong}{details}. Allowed: {allowed}. {advice}"
    return Impure(f"{place(file, number, function)}: {words}")


def alike(made: Tensors, given: Tensors) -> str | None:
    """Where names, shapes, types or devices of what was made differ from the given, in a clause."""
    if made.keys() != given.keys():
        return "names: " + ", ".join(sorted(made.keys() ^ given.keys()))
    for name, part in given.items():
        ours, theirs = ((*z.shape, z.dtype, z.device.type) for z in (made[name], part))
        if ours != theirs:
            return f"{name} is {_words(*ours)} in place of {_words(*theirs)}"
    return None


def _words(*facts: object) -> str:
    *shape, dtype, device = facts
    return f"({', '.join(map(str, shape))}) {str(dtype).removeprefix('torch.')} on {device}"


def files(variant: object) -> set[str]:
    """The source files of a variant's class and of those that it extends, without ours."""
    kinds = (kind for kind in type(variant).__mro__ if _package(kind) not in _OURS)
    methods = (method for kind in kinds for method in vars(kind).values())
    return {method.__code__.co_filename for method in methods if hasattr(method, "__code__")}


def _package(kind: type) -> str:
    return ".".join(kind.__module__.split(".")[:2])


def _defined(variant: object, verb: str) -> Line:
    """Where the class, or one that it extends, defines the verb."""
    for kind in type(variant).__mro__:
        code = getattr(vars(kind).get(verb), "__code__", None)
        if code is not None:
            return code.co_filename, code.co_firstlineno, verb
    return f"{type(variant).__name__}", 1, verb
