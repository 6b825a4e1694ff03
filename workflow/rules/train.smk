# One job per task and cell: in it, every remedy x learning rate x seed is a trial. Exit code 1 says
# that some failed; their rows say how, and everything else goes on.


rule train:
    input:
        fetched,
        to_be_trained,
    output:
        **TRAINED,
    log:
        f"{RESULTS}/logs/{{task}}/{{cell}}.log",
    retries: 1  # after a crash, once more: finished trials are kept
    threads: 1
    resources:
        mem_mb=lambda names, attempt: 2000 * attempt,
    params:
        specification=lambda names: MATRIX.job(names.task, names.cell).digest,
        # as a checksum: forty files as input of every job would be looked at at every turn
        code=lambda names: MATRIX.code(names.task, names.cell),
        data=data_of,
    shell:
        "SEQBENCH_JOBS={workflow.cores} {SEQBENCH} train {CONFIG} --task {wildcards.task:q} "
        "--cell {wildcards.cell:q} --log {log:q} || [ $? -eq 1 ]"
