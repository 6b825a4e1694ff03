import subprocess
import sys
from pathlib import Path

TRAINED = """
import sys, tempfile
from pathlib import Path
from tests.helpers.training import bench, train, trial
train(bench(Path(sys.argv[1]), "lstm", hidden=5, updates=2, evaluate_every=1), [trial()])
print(*(name for name in sys.modules if name.startswith(("torch._dynamo", "torch._inductor"))))
"""


def test_a_training_does_not_import_the_compiler_of_torch(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TRAINED, str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not found.stdout.strip()
