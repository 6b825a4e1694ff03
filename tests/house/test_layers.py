"""Who may import whom."""

import ast
from pathlib import Path

import pytest

from tests.helpers import places

HOME = places.HOME / "seqbench"
EVERYWHERE = {  # "": the version
    *(
        "",
        "errors",
        "knobs",
        "files",
        "locks",
        "opened",
        "tally",
        "terminal",
        "tuning",
        "watchdog",
        "serving",
    ),
}
VARIANTS = ("cells", "remedies", "tasks")
PROTOCOLS = {"cell", "remedy", "task", "training"}

# module or folder -> (modules of ours that it may import, other packages that it must not)
LAYERS: dict[str, tuple[set[str], set[str]]] = {
    "axes": (set(), {"pandas"}),
    "front": ({"axes", "cell"}, {"pandas"}),
    **{name: ({"axes", "front"} | PROTOCOLS, {"pandas"}) for name in ("cell", "remedy", "task")},
    "training": (set(), {"torch", "pandas"}),
    "networks": ({"axes", "front", "networks"} | PROTOCOLS, {"pandas"}),
    **{name: ({"axes", name} | PROTOCOLS, {"pandas"}) for name in ("cells", "remedies")},
    "tasks": ({"axes", "data", "front", "tasks"} | PROTOCOLS, {"pandas"}),
    "data": ({"data"}, {"torch"}),
    "engine": ({"axes", "engine", "networks"} | PROTOCOLS, {"pandas"}),
    "jobs": (
        {"axes", "criteria", "engine", "initialization", "jobs", "manifest", "matrix", "networks"}
        | {"records", "registry", "sources"}
        | PROTOCOLS,
        {"pandas"},
    ),
    "benchmarks": (
        {"axes", "benchmarks", "engine", "jobs", "matrix", "networks", "registry"} | PROTOCOLS,
        {"pandas"},
    ),
    "initialization": (
        {"axes", "engine", "matrix", "initialization", "records", "registry"} | PROTOCOLS,
        {"pandas"},
    ),
    "criteria": (set(), {"torch", "pandas", "numpy"}),
    "tuning": (set(), {"torch", "pandas", "numpy"}),
    "records": ({"training"}, {"torch", "pandas"}),
    "imports": ({"plugins"}, {"torch", "pandas", "pydantic", "yaml", "numpy"}),
    "description": ({"imports"}, {"torch", "pandas", "pydantic", "yaml", "numpy"}),
    "plugins": (set(), {"torch", "pandas", "pydantic", "yaml", "numpy"}),
    "registry": (
        {"description", "plugins"} | PROTOCOLS,
        {"torch", "pandas", "pydantic", "yaml", "numpy"},
    ),
    "sources": (
        {"description", "imports", "registry"},
        {"torch", "pandas", "pydantic", "yaml", "numpy"},
    ),
    "manifest": (set(), {"torch", "pandas"}),
    "design": ({"registry"}, {"torch", "pandas"}),
    "matrix": (
        {"design", "manifest", "matrix", "registry", "sources", "training"},
        {"torch", "pandas"},
    ),
    "claims": ({"analysis", "claims", "matrix", "records", "registry", "training"}, {"torch"}),
    **{
        name: ({"axes", "claims", "engine", "registry"} | PROTOCOLS, {"pandas"})
        for name in ("claims/analytic.py", "claims/theorems")
    },
    "certificates": ({"certificates", "matrix", "registry"}, {"torch", "pandas"}),
    "certificates/check.py": (
        {"axes", "certificates", "engine", "networks", "registry"} | PROTOCOLS,
        {"pandas"},
    ),
    "analysis": (
        {"analysis", "certificates", "criteria", "design", "records", "registry"},
        {"torch"},
    ),
    "results": ({"analysis", "claims"}, {"torch"}),
    "compare": (
        {"analysis", "claims", "compare", "matrix", "records", "registry", "report", "training"},
        {"torch"},
    ),
    "figures": ({"analysis", "figures", "records", "registry", "results"}, {"torch"}),
    "report": (
        {"analysis", "criteria", "data", "description", "figures", "matrix", "records", "registry"}
        | {"report", "results", "training"},
        {"torch"},
    ),
    "commands": (
        {"analysis", "benchmarks", "certificates", "claims", "commands", "compare", "data"}
        | {"design", "figures"}
        | {"jobs", "manifest", "matrix", "initialization", "records", "registry", "report"}
        | {"results"},
        set(),
    ),
    "__main__": ({"commands"}, {"torch", "pandas"}),
    "errors": (set(), {"torch", "pandas"}),
    "knobs": (set(), {"torch", "pandas"}),
    "files": (set(), {"torch", "pandas"}),
    "tally": (set(), {"torch", "pandas"}),
    "locks": (set(), {"torch", "pandas"}),
    "opened": (set(), {"torch", "pandas"}),
    "watchdog": (set(), {"torch", "pandas"}),
    "serving": (set(), {"torch", "pandas"}),
    "terminal": (set(), {"torch", "pandas"}),
    "__init__": (set(), {"torch", "pandas"}),
}
FILES = sorted(HOME.rglob("*.py"))
OF_THEIR_OWN = {"contracts", "golden", "helpers", "house", "workflow"}  # folders of tests
RECORD = "tests.golden.record"  # a script and a helper


def layer(file: Path) -> str:
    path = file.relative_to(HOME).as_posix()
    inner = [name for name in LAYERS if "/" in name and path.startswith(name)]
    return inner[0] if inner else file.relative_to(HOME).parts[0].removesuffix(".py")


def imports(file: Path) -> set[str]:
    """Everything that a file imports, also inside functions, as dotted names."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import. Write it in full."
            if (HOME.parent / str(node.module).replace(".", "/")).is_dir():
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
            else:
                found.add(str(node.module))
    return found


def ours(file: Path) -> set[str]:
    """The layers of ours that a file imports; the version counts as ""."""
    dotted = [name.split(".") for name in imports(file)]
    names = {parts[1] if len(parts) > 1 else "" for parts in dotted if parts[0] == "seqbench"}
    return {"" if name == "__version__" else name for name in names}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HOME)))
def test_a_file_imports_only_what_its_layer_may(file: Path) -> None:
    name = layer(file)
    assert name in LAYERS, f"{name} belongs to no layer. Give it a line in LAYERS."
    allowed, forbidden = LAYERS[name]
    wrong = ours(file) - allowed - EVERYWHERE
    assert not wrong, f"{name} must not import {sorted(wrong)} (in {file.name})."
    others = {module.partition(".")[0] for module in imports(file)} & forbidden
    assert not others, f"{name} must not import {sorted(others)} (in {file.name})."


@pytest.mark.parametrize("kind", VARIANTS)
def test_variants_do_not_know_each_other(kind: str) -> None:
    for file in (HOME / kind).glob("*.py"):
        dotted = {name for name in imports(file) if name.split(".")[1:2] == [kind]}
        others = {name for name in dotted if not name.split(".")[2].startswith("_")}
        assert not others, f"{file.name} imports another variant."


# What a report may take from the statistics: how an interval looks, and the level of a test.
WORDED = {"Interval", "ALPHA", "LEVEL"}
KEPT = {"GROUP", "RAN", "Key"}  # of the choice of learning rates: names, not the choice
COMPUTED = {"mean", "median", "std", "var", "sem", "quantile", "corr", "rank", "agg"}


def statistics_in(source: str) -> list[str]:
    """What a source computes that belongs to the analysis: its imports and its calls."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {alias.name for alias in node.names}
            if node.module.startswith("seqbench.analysis.methods"):
                found += sorted(names - WORDED)
            elif node.module == "seqbench.analysis.choose":
                found += sorted(names - KEPT)
            elif node.module == "seqbench.analysis":
                found += sorted(names & {"choose", "methods"})
            found += [node.module] if node.module.startswith(("scipy", "statistics")) else []
        elif isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.startswith(("scipy", "statistics"))]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += [node.func.attr] if node.func.attr in COMPUTED else []
    return found


@pytest.mark.parametrize(
    "file", sorted((HOME / "report").rglob("*.py")), ids=lambda file: file.stem
)
def test_the_report_words_what_the_analysis_computed(file: Path) -> None:
    found = statistics_in(file.read_text(encoding="utf-8"))
    assert not found, f"{file.name} computes {found}. Compute it in seqbench/analysis."


@pytest.mark.parametrize(
    "source",
    [
        "from seqbench.analysis.methods.statistics import wilson",
        "from seqbench.analysis.choose import tuned",
        "from seqbench.analysis import choose",
        "def f():\n    from scipy import stats",
        "frame.groupby('cell')['skill'].mean()",
        "np.median(values)",
    ],
)
def test_statistics_in_a_report_are_seen(source: str) -> None:
    assert statistics_in(source)
    assert not statistics_in("from seqbench.analysis.methods.statistics import Interval\nx.sum()")


def test_the_walk_sees_an_import_inside_a_function(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("def f():\n    from seqbench.engine import loop\n    import torch.nn\n")
    assert imports(file) == {"seqbench.engine.loop", "torch.nn"}
    assert ours(file) == {"engine"}


def test_tests_mirror_the_tree_and_share_only_their_helpers() -> None:
    tests = places.HOME / "tests"
    for file in tests.rglob("*.py"):
        folder = file.relative_to(tests).parent
        assert (HOME / folder).is_dir() or folder.parts[0] in OF_THEIR_OWN, f"no seqbench/{folder}"
        shared = {name for name in imports(file) if name.startswith("tests.")}
        others = {name for name in shared if not name.startswith(("tests.helpers", RECORD))}
        assert not others, f"{file.name} imports {sorted(others)}. What is shared: tests/helpers."
