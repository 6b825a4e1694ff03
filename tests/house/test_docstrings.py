"""Every public module, class, function, method and property says what it is.

An override of a documented method needs no docstring of its own; a variant's is that of its file.
"""

import ast
from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.helpers import places

HOME = places.HOME / "seqbench"
FILES = sorted(path.relative_to(HOME).as_posix() for path in HOME.rglob("*.py"))
VARIANTS = ("cells/", "remedies/", "tasks/")
TODO = {
    "engine/fused/breakdown.py",
    "engine/fused/emit.py",
    "engine/fused/gpu/emit.py",
    "engine/fused/gpu/pieces.py",
    "engine/fused/ir.py",
    "engine/fused/loops.py",
    "engine/fused/lower.py",
    "engine/fused/operations.py",
    "task.py",
    "tasks/_captions.py",
    "tasks/_language.py",
    "tasks/_recall.py",
    "tasks/_roll.py",
    "tasks/_scanned.py",
    "tasks/_sentiment.py",
    "tasks/adding.py",
    "tasks/associative_recall.py",
    "tasks/coco_tiny.py",
    "tasks/counting.py",
    "tasks/delay_memory.py",
    "tasks/delayed_parity.py",
    "tasks/digits.py",
    "tasks/digits_image.py",
    "tasks/digits_spelled.py",
    "tasks/dyck.py",
    "tasks/embedded_reber.py",
    "tasks/ett.py",
    "tasks/exchange_rate.py",
    "tasks/indoor_movement.py",
    "tasks/japanese_vowels.py",
    "tasks/jsb_chorales.py",
    "tasks/language_surname.py",
    "tasks/monthly_sunspots.py",
    "tasks/multi30k_de_en.py",
    "tasks/multiplication.py",
    "tasks/noiseless_memorization.py",
    "tasks/nottingham.py",
    "tasks/omniglot_strokes.py",
    "tasks/parity.py",
    "tasks/ptb_chars.py",
    "tasks/ptb_words.py",
    "tasks/ptb_words_1k.py",
    "tasks/python_topics.py",
    "tasks/random_permutation.py",
    "tasks/rt_polarity.py",
    "tasks/selective_copy.py",
    "tasks/shakespeare_chars.py",
    "tasks/sine_generation.py",
    "tasks/spoken_digits.py",
    "tasks/spoken_stream.py",
    "tasks/sst2.py",
    "tasks/sunspots.py",
    "tasks/surname_language.py",
    "tasks/temporal_order.py",
    "tasks/timing.py",
    "tasks/two_sequence.py",
    "tasks/ucr.py",
    "tasks/variable_copy.py",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def silent(file: str) -> list[str]:
    """What is public in a file and has no docstring."""
    tree = ast.parse((HOME / file).read_text(encoding="utf-8"))
    found = [] if ast.get_docstring(tree) else ["the module"]
    for node in public(tree):
        a_variant = isinstance(node, ast.ClassDef) and file.startswith(VARIANTS)
        if not (ast.get_docstring(node) or a_variant):
            found.append(node.name)
        if isinstance(node, ast.ClassDef):
            inherited = bases(file, node.name)
            found += [
                f"{node.name}.{method.name}"
                for method in public(node)
                if not (ast.get_docstring(method) or documented(inherited, method.name))
            ]
    return found


def public(node: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    """The public functions and classes of a body; a setter belongs to its property."""
    for part in node.body:
        if not isinstance(part, Function | ast.ClassDef) or part.name.startswith("_"):
            continue
        if not any(ast.unparse(mark).endswith(".setter") for mark in part.decorator_list):
            yield part


def bases(file: str, name: str) -> tuple[type, ...]:
    """What a class inherits from."""
    module = f"seqbench/{file}".removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return getattr(import_module(module), name).__mro__[1:]


def documented(inherited: tuple[type, ...], name: str) -> bool:
    return any(getattr(vars(base).get(name), "__doc__", None) for base in inherited)


@pytest.mark.parametrize("file", FILES)
def test_what_is_public_says_what_it_is(file: str) -> None:
    found = silent(file)
    if file in TODO:
        assert found, f"{file} is complete: take it off TODO"
    else:
        assert not found, f"{file}: a docstring for {', '.join(found)}"


def test_files_to_do_are_there() -> None:
    assert set(FILES) >= TODO
