# What needs no training: how the gradient moves in every cell at initialization, and what can be
# proved or computed of the claims. One job of seconds, beside the training.


rule initialization:
    input:
        lambda names: due(wanted.of_initialization(MATRIX), INITIALIZATION.values()),
    output:
        **INITIALIZATION,
    log:
        f"{RESULTS}/logs/initialization.log",
    threads: 1
    params:
        specification=MATRIX.initialization_digest,
        code=MATRIX.initialization_code,
    shell:
        "({SEQBENCH} initialization {CONFIG} || [ $? -eq 1 ]) 2>&1 | tee {log:q}"
