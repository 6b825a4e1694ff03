"""Write, import and launch a kernel in Triton."""

from hashlib import sha256
from importlib.util import find_spec
from types import ModuleType

from seqbench.engine.fused.build import Unbuildable, folder
from seqbench.errors import InputError
from seqbench.files import atomic_write


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
        if not path.is_file() or path.read_bytes() != source.encode():
            atomic_write(path, source.encode())
    except (OSError, InputError) as error:
        raise Unbuildable(f"a kernel cannot be kept ({error})") from error
    module = ModuleType(f"seqbench_kernel_{key}")
    module.__file__ = str(path)
    exec(compile(source, str(path), "exec"), vars(module))  # not what a compiled copy says
    return module
