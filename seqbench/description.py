"""What a variant's file says of itself, read from its text: nothing is imported or run.

A variant is a Python file with one public class: a cell, a remedy or a task. Classes of this
package that it extends are read along with it.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from seqbench import imports
from seqbench.errors import InputError

HOME = imports.HOME
# A docstring's paragraph of published results: to the end, or to what begins another paragraph.
PUBLISHED = re.compile(
    r"(?:^|(?<=\. ))Published[,: ].*?(?=\n(?:\n|Not |Our deviation|Source:)|\Z)", re.S | re.M
)
NO_VERBS = (
    "suits",
    "lookback",
    "frozen",
    "first_memory",
)  # methods of a remedy that are not moments of training
PART_OF = {"shorter": "feed", "feedback": "feed"}  # methods that belong to a verb


@dataclass(frozen=True)
class Knob:
    """A field of a variant's class, as its source says it."""

    annotation: str
    default: object


@dataclass(frozen=True)
class Description:
    """A variant in facts.

    Attributes:
        path:     its file.
        doc:      the module's docstring.
        class_name: of its public class.
        knobs:    the settable fields, those of the base class included.
        facts:    class attributes that are literals (io_shape, gates, ...).
        overrides: the protocol's methods that its class, or one that this extends, redefines.
        lineage:  the files of its class and of the classes of this package that it extends.
    """

    path: Path
    doc: str
    class_name: str
    knobs: dict[str, Knob]
    facts: dict[str, object]
    overrides: tuple[str, ...]
    lineage: tuple[Path, ...]

    @property
    def title(self) -> str:
        """First line of the docstring, without its full stop."""
        return self.doc.partition("\n")[0].rstrip(".")

    @property
    def published(self) -> str:
        """What others report, from `Published` on, in one line; "" where nothing is said."""
        paragraph = PUBLISHED.search(self.doc)
        return " ".join(paragraph[0].split()) if paragraph else ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Bibliography keys after `Source:`."""
        _, there, keys = self.doc.partition("Source:")
        return tuple(re.findall(r"\b[a-z]+\d{4}[a-z]*\b", keys)) if there else ()


def read(file: Path) -> Description:
    """The description of a variant's file.

    Raises:
        InputError: it does not parse (with the line), or has not exactly one public class.
    """
    module = parse(file)
    public = _public_class(module, file)
    line = _lineage(module, public, file)
    knobs: dict[str, Knob] = {}
    facts: dict[str, object] = {}
    for _, class_ in reversed(line):
        own_knobs, own_facts = _fields(class_)
        knobs, facts = knobs | own_knobs, facts | own_facts
    methods = [_methods(class_) for _, class_ in line]
    redefined = {name for names in methods[:-1] for name in names}
    named = (n for n in methods[-1] if n in redefined and n not in NO_VERBS)
    overrides = tuple(dict.fromkeys(PART_OF.get(n, n) for n in named))
    doc = ast.get_docstring(module) or ""
    files = tuple(dict.fromkeys(file for file, _ in line))
    return Description(file, doc, public.name, knobs, facts, overrides, files)


def parse(file: Path) -> ast.Module:
    """The syntax tree of a source file.

    Raises:
        InputError: it does not parse; names the line.
    """
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise InputError(
            f"{file}{f', line {line}' if line else ''}: {getattr(error, 'msg', error)}. "
            "Allowed: a Python module with one public class. Mend the file."
        ) from error


def _public_class(module: ast.Module, file: Path, name: str | None = None) -> ast.ClassDef:
    """The only public class of a module, or the one of that name."""
    classes = [n for n in module.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]
    if name:
        classes = [n for n in classes if n.name == name]
    if len(classes) != 1:
        raise InputError(
            f"{file}: has {len(classes)} public classes. Allowed: exactly one. "
            "Begin the names of the others with an underscore."
        )
    return classes[0]


def _lineage(
    module: ast.Module, class_: ast.ClassDef, file: Path
) -> list[tuple[Path, ast.ClassDef]]:
    """A class and those that it extends, as far as their source is in this package.

    What two of them extend comes behind both.
    """
    line = [(file, class_)]
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    ours = ((name, files[-1]) for name, files in imports.imported(module, file) if files)
    others = {name: source for name, source in ours if HOME in source.parents}
    for name in (node.id for node in class_.bases if isinstance(node, ast.Name)):
        if name in classes:
            line += _lineage(module, classes[name], file)
        elif name in others:
            other = parse(others[name])
            line += _lineage(other, _public_class(other, others[name], name), others[name])
    names = [(file, class_.name) for file, class_ in line]
    return [one for k, one in enumerate(line) if names[k] not in names[k + 1 :]]


def _fields(class_: ast.ClassDef) -> tuple[dict[str, Knob], dict[str, object]]:
    """Knobs (annotated fields) and facts (class variables) of a class body."""
    knobs: dict[str, Knob] = {}
    facts: dict[str, object] = {}
    for node in class_.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            annotation = ast.unparse(node.annotation)
            if annotation.startswith("ClassVar"):
                facts[node.target.id] = _literal(node.value)
            else:
                knobs[node.target.id] = Knob(annotation, _literal(node.value))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            facts[node.targets[0].id] = _literal(node.value)
    return knobs, facts


def _literal(node: ast.expr | None) -> object:
    """The value of a literal expression; its source text where it is not one."""
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def _methods(class_: ast.ClassDef) -> tuple[str, ...]:
    nodes = (node for node in class_.body if isinstance(node, ast.FunctionDef))
    return tuple(node.name for node in nodes if not node.name.startswith("__"))
