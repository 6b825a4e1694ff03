# What needs no training: how the gradient moves in every cell at initialization, and what can be
# proved or computed of the claims. One job of seconds, beside the training.

NEWBORN = {t: f"{RESULTS}/{t}.parquet" for t in ("cards", "propagation", "theorems")}


rule newborn:
    output:
        **NEWBORN,
    log:
        f"{RESULTS}/logs/newborn.log",
    threads: 1
    params:
        specification=MATRIX.newborn_digest,
        code=MATRIX.newborn_code,
    shell:
        "{SEQBENCH} newborn {CONFIG} 2>&1 | tee {log:q}"
