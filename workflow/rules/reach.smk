# The searches for the longest lag: one job per task and cell of the section reach.


rule reach:
    input:
        fetched_to_grow,
        to_be_searched,
    output:
        SEARCHED,
    log:
        f"{RESULTS}/logs/reach/{{task}}/{{cell}}.log",
    wildcard_constraints:
        task="|".join(map(re.escape, MATRIX.reach)) or "(?!)",
    priority: 1  # its lengths come one after the other, so it had better begin early
    retries: 1  # after a crash, once more: finished trials are kept
    threads: 1
    resources:
        mem_mb=lambda names, attempt: 2000 * attempt,
    params:
        specification=lambda names: MATRIX.reach_job(names.task, names.cell).digest,
        code=lambda names: MATRIX.reach_code(names.task, names.cell),
        data=data_to_grow,
    shell:
        "SEQBENCH_JOBS={workflow.cores} {SEQBENCH} reach {CONFIG} --task {wildcards.task:q} "
        "--cell {wildcards.cell:q} --log {log:q} || [ $? -eq 1 ]"
