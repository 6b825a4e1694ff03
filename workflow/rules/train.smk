# One job per task and cell: in it, every remedy x learning rate x seed is a trial.


def job(wildcards) -> matrix.Job:
    return MATRIX.job(wildcards.task, wildcards.cell)


rule train:
    input:
        lambda wildcards: map(str, MATRIX.sources(wildcards.task, wildcards.cell)),
    output:
        **{table: f"{RESULTS}/{table}/{{task}}/{{cell}}.parquet" for table in records.TABLES},
    log:
        f"{RESULTS}/logs/{{task}}/{{cell}}.log",
    threads: 1
    resources:
        mem_mb=2000,
    params:
        seqbench=SEQBENCH,
        config=CONFIG,
        specification=lambda wildcards: job(wildcards).digest,  # another one trains anew
    shell:
        "{params.seqbench:q} train {params.config:q} --task {wildcards.task:q} "
        "--cell {wildcards.cell:q} --log {log:q}"
