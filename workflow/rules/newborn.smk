# What needs no training: how the gradient moves in every cell at initialization, and what can be
# proved or computed of the claims. One job of seconds, beside the training.

from seqbench.matrix import newborn

NEWBORN = {t: f"{RESULTS}/{t}.parquet" for t in ("cards", "propagation", "theorems")}


rule newborn:
    output:
        **NEWBORN,
    log:
        f"{RESULTS}/logs/newborn.log",
    threads: 1
    params:
        specification=newborn.specification(MATRIX),
        code=newborn.code(MATRIX),
    shell:
        "{SEQBENCH} newborn {CONFIG} 2>&1 | tee {log:q}"
