"""Write, import and launch a kernel in Triton."""

import os
import tempfile
from hashlib import sha256
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from seqbench.engine.fused.build import Unbuildable, folder


def missing() -> str | None:
    """Why there is no Triton here, in half a sentence; None if there is."""
    return None if find_spec("triton") else "Triton is not installed"


def load(source: str) -> ModuleType:
    """The module with this source. Triton reads it from its file, so it stays in `folder()`.

    Raises:
        Unbuildable: no Triton, or a folder that cannot be written.
    """
    if why := missing():
        raise Unbuildable(why)
    key = sha256(source.encode()).hexdigest()[:32]
    path = folder() / f"{key}.py"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(source, path)
    except OSError as error:
        raise Unbuildable(f"a kernel cannot be kept in {folder()} ({error.strerror})") from error
    spec = spec_from_file_location(f"seqbench_kernel_{key}", path)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _write(source: str, path: Path) -> None:
    """Two jobs that write the same do not meet: each renames a file of its own."""
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        draft = Path(place) / path.name
        draft.write_text(source, encoding="utf-8")
        os.replace(draft, path)
