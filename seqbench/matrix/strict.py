"""YAML without surprises.

Only the plain parts of YAML 1.2 are read: mappings with text keys that differ, lists (as tuples),
numbers (1e-3 is one), true, false, null and text (no, yes, on and dates stay text). Aliases, tags,
several documents in a file, deep nesting and large files are refused, with the line.
"""

import re
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from seqbench.errors import InputError
from seqbench.files import regular

LARGEST = 100_000  # bytes; a matrix has a few thousand
DEEPEST = 12  # levels; a matrix has five
LONGEST = 200  # characters of a key or a text

_TAG = "tag:yaml.org,2002:"
_RULES = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", r"[-+]?[0-9]{1,18}", [*"-+0123456789"]),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        [*"-+.0123456789"],
    ),
)


class _Loader(yaml.SafeLoader):
    """Refuses by line what PyYAML lets pass."""

    yaml_implicit_resolvers = {}
    yaml_constructors = {}
    depth = 0

    def compose_node(self, parent: Node | None, index: object) -> Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise _refusal("aliases (*name) are not read; write the value out", event)
        if getattr(event, "tag", None):
            raise _refusal("tags (!name) are not read; remove the tag", event)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _refusal(f"nested deeper than {DEEPEST} levels", event)
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self.depth -= 1
        return node

    def number(self, node: ScalarNode) -> float:
        text = node.value.lower()
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))

    def text(self, node: ScalarNode) -> str:
        if len(node.value) > LONGEST or not node.value.isprintable():
            raise _refusal(f"not a text of at most {LONGEST} printable characters", node)
        return str(node.value)

    def items(self, node: SequenceNode) -> tuple[object, ...]:
        return tuple(self.construct_object(child, deep=True) for child in node.value)

    def mapping(self, node: MappingNode) -> dict[str, object]:
        pairs: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _refusal("a key that is not text", key_node)
            if key in pairs:
                raise _refusal(f"the key {key!r} for the second time", key_node)
            pairs[key] = self.construct_object(value_node, deep=True)
        return pairs


def _refusal(problem: str, at: yaml.Event | Node) -> yaml.MarkedYAMLError:
    mark = at.start_mark
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)  # type: ignore[arg-type]


for _name, _pattern, _first in _RULES:
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"(?:{_pattern})\\Z"), _first)
_Loader.add_constructor(_TAG + "null", lambda loader, node: None)
_Loader.add_constructor(_TAG + "bool", lambda loader, node: node.value.lower() == "true")
_Loader.add_constructor(_TAG + "int", lambda loader, node: int(node.value))
_Loader.add_constructor(_TAG + "float", _Loader.number)
_Loader.add_constructor(_TAG + "str", _Loader.text)
_Loader.add_constructor(_TAG + "seq", _Loader.items)
_Loader.add_constructor(_TAG + "map", _Loader.mapping)


def read(path: Path) -> dict[str, object]:
    """The mapping in a YAML file.

    Raises:
        InputError: no such file, too large, not UTF-8, not YAML (with the line), not a mapping.
    """
    try:
        data = regular(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{path}: cannot be read ({reason}). Allowed: a YAML file. Check its name."
        ) from error
    if len(data) > LARGEST:
        raise InputError(
            f"{path}: has {len(data):,} bytes. Allowed: at most {LARGEST:,}. Shorten it."
        )
    try:
        document = yaml.load(data.decode("utf-8-sig"), _Loader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise _sentence(path, error) from error
    if not isinstance(document, dict):
        raise InputError(
            f"{path}: is not a mapping of keys to values. Allowed: lines such as "
            "`name: default`. Begin with workflow/config/smoke.yaml."
        )
    return document


def _sentence(path: Path, error: Exception) -> InputError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    where = f"{path}:{mark.line + 1}" if mark else f"{path}"
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or error
    words = " ".join(str(what).split())
    return InputError(f"{where}: {words}. Allowed: plain YAML. Mend the line.")
