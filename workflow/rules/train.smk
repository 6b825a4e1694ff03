# One job per task and cell: in it, every remedy x learning rate x seed is a trial.


rule train:
    input:
        lambda names: map(str, MATRIX.sources(names.task, names.cell)),
    output:
        **{table: f"{RESULTS}/{table}/{{task}}/{{cell}}.parquet" for table in records.TABLES},
    log:
        f"{RESULTS}/logs/{{task}}/{{cell}}.log",
    retries: 1  # after a crash, once more: finished trials are kept
    threads: 1
    resources:
        mem_mb=lambda names, attempt: 2000 * attempt,
    params:
        specification=lambda names: MATRIX.job(names.task, names.cell).digest,
    shell:
        "{SEQBENCH} train {CONFIG} --task {wildcards.task:q} "
        "--cell {wildcards.cell:q} --log {log:q}"
