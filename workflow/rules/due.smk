# Which jobs have to run although Snakemake would not run them: their manifests and tables are not what
# the matrix asks for. Snakemake takes a table for good if it is newer than its inputs, whatever is in
# it and whoever made it, and does not miss one that only finished jobs have read.

TRAINED = {table: f"{RESULTS}/{table}/{{task}}/{{cell}}.parquet" for table in records.TABLES}
SEARCHED = f"{RESULTS}/reach/{{task}}/{{cell}}.parquet"
INITIALIZATION = {t: f"{RESULTS}/{t}.parquet" for t in records.OTHERS if t != "reach"}
COLLECTED = [
    f"{RESULTS}/tables/{table}.{kind}"
    for table in records.TABLES | records.OTHERS
    for kind in ("parquet", "csv")
]

DERIVED = [f"{RESULTS}/tables/{name}.csv" for name in results.derived()]
DRAWN = f"{RESULTS}/figures/index.json"
REPORT = [f"{MATRIX.report}.html", f"{MATRIX.report}.pdf"]


def due(job, output, again=True) -> list[str]:
    """No input; but a job that is due is forced to run, as the option -R does."""
    if manifest.due(Path(RESULTS), job, again=again):
        workflow.dag.forcefiles.update(output)
    return []


def to_be_trained(names) -> list[str]:
    """Forces what has to be trained again."""
    job = wanted.of_training(MATRIX, names.task, names.cell)
    output = [file.format(**names) for file in TRAINED.values()]
    return due(job, output, again=not any(map(absent, NEEDS[names.task])))


def to_be_searched(names) -> list[str]:
    """Forces what has to be searched again."""
    job = wanted.of_search(MATRIX, names.task, names.cell)
    again = not any(map(absent, NEEDS_TO_GROW[names.task]))
    return due(job, [SEARCHED.format(**names)], again=again)


def to_be_fetched(names) -> list[str]:
    """No input; but a set that could not be fetched is forced to be, where it can be had now."""
    if absent(names.name):
        entry = ledger.entry(names.name)
        may_answer = not offline() and all(map(entry.address, entry.files))
        if may_answer or verify.intact(names.name):
            workflow.dag.forcefiles.add(FETCHED.format(name=names.name))
    return []
