"""Made-up results, collected, analyzed and with two stand-ins for drawings."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from seqbench import figures
from seqbench.files import write_sealed
from seqbench.results import analyze
from tests.helpers import results
from tests.helpers.collected import collect

DRAWING = (
    '<?xml version="1.0"?><!-- note --><svg xmlns="http://www.w3.org/2000/svg" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 40 20" width="40pt" height="20pt">'
    '<defs><path id="p1" d="M0 0L9 9"/><clipPath id="c"><rect width="9" height="9"/></clipPath>'
    '</defs><g clip-path="url(#c)"><use xlink:href="#p1"/></g><script>alert(1)</script></svg>'
)
_KEPT: dict[tuple[object, ...], TemporaryDirectory[str]] = {}


def make(folder: Path, **lists: object) -> Path:
    """Results as the rules `collect`, `analyze` and `draw` leave them; made once, then copied."""
    patched = (results.sample, results.SHOWN)  # what tests put something else in the place of
    key = (repr(sorted(lists.items())), *patched)
    if key not in _KEPT:
        _KEPT[key] = TemporaryDirectory()
        _make(Path(_KEPT[key].name), **lists)
    return Path(shutil.copytree(_KEPT[key].name, folder, dirs_exist_ok=True))


def _make(folder: Path, **lists: object) -> None:
    jobs = results.write_results(folder, **lists)
    collect(folder, jobs, jobs)
    analyze(folder)
    index = []
    for name in ("overview", "gradient_flow"):
        write_sealed(folder / "figures" / f"{name}.svg", DRAWING.encode())
        write_sealed(folder / "figures" / f"{name}.csv", b"a,b\n1,2\n")
        words = {key: f"{key} of {name}" for key in ("title", "caption", "alt", "table")}
        words["section"] = figures.load(name).SECTION
        index.append({"name": name} | words)
    write_sealed(folder / "figures" / "index.json", json.dumps(index).encode())
