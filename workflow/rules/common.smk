# Read and check the matrix before anything else; what is wrong ends in one sentence.

import re
import shlex
import sys
from pathlib import Path

from seqbench import locks, manifest, matrix, records, results, serving
from seqbench.errors import InputError
from seqbench.matrix import places, wanted

if Path.cwd() != Path(workflow.basedir).resolve():
    sys.exit(
        f"{Path.cwd()}: is not the folder of {workflow.main_snakefile}. Allowed: a run in the "
        f"project's own folder. Add --directory {shlex.quote(str(workflow.basedir))}, or go there."
    )


def chosen_matrix() -> Path:
    """The file given with --configfile, else the default. Read by us: Snakemake would merge."""
    settings = workflow.config_settings
    if settings.config_args:
        raise InputError(
            f"--config {' '.join(settings.config_args)}: single values are not taken. Allowed: "
            "--configfile FILE. Write the value into a copy of workflow/config/default.yaml."
        )
    files = [matrix.from_here(Path(file)) for file in settings.configfiles]
    if len(files) > 1:
        raise InputError(
            f"--configfile {' '.join(map(str, files))}: {len(files)} matrices. Allowed: one. "
            "Run them one after the other."
        )
    return files[0] if files else Path("workflow/config/default.yaml")


try:
    MATRIX = matrix.read(chosen_matrix())
    places.check(MATRIX)
    DRIVER = locks.driver()  # locked as long as this process lives: the sign that one is at work
except InputError as error:
    sys.exit(str(error))


locks.free(DRIVER.fileno())  # if not, Snakemake's own lock protects the other driver


SERVED = {"train", "reach"}


onstart:
    places.claim(MATRIX)
    # Snakemake 9 limits the rate of starts by timers: each look for a free core leaves one more of
    # them that looks again every second, so that the driver would slowly fill a core of its own.
    workflow.scheduler.job_rate_limiter = None
    # on a cluster a job belongs to its allocation, and no child of ours would
    if workflow.local_exec and any(j.rule.name in SERVED for j in workflow.dag.needrun_jobs()):
        serving.start()


RESULTS = MATRIX.results
# In commands only: params would train anew when the interpreter or the matrix moved.
SEQBENCH = shlex.join([sys.executable, "-m", "seqbench"])
CONFIG = shlex.join(["--config", str(MATRIX.path)])


wildcard_constraints:
    task="|".join(map(re.escape, MATRIX.tasks)),
    cell="|".join(map(re.escape, MATRIX.cells)),
    name="[a-z][a-z0-9_]*",


def of_every_job(table: str) -> list[str]:
    """The files of one table, from all jobs."""
    return [f"{RESULTS}/{table}/{task}/{cell}.parquet" for task, cell in MATRIX.jobs()]


def of_every_search() -> list[str]:
    """The files of all searches for the longest lag."""
    return [f"{RESULTS}/reach/{task}/{cell}.parquet" for task, cell in MATRIX.reach_jobs()]
