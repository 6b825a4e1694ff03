# The recorded data that the matrix names: fetched once, before training, and compared with their
# ledger. Absent data are no reason to stop: the rows of their tasks say what is missing.
# The notes that they write are for people and nobody reads them back: delete one to have it anew.
# Compute nodes have no network, so these rules run where snakemake runs.


rule fetch:
    input:
        to_be_fetched,
    output:
        FETCHED,
    log:
        f"{RESULTS}/logs/data/{{name}}.log",
    shell:
        "{SEQBENCH} data fetch {wildcards.name:q} > {output:q} 2> {log:q} || true"


rule data:
    input:
        [FETCHED.format(name=name) for name in SETS],
        ledger="workflow/config/datasets.yaml",
        readers=sorted(map(str, Path("seqbench/data").rglob("*.py"))),
    output:
        f"{RESULTS}/data.txt",
    log:
        f"{RESULTS}/logs/data.log",
    shell:
        "{SEQBENCH} data verify {CONFIG} > {output:q} 2> {log:q} || true"
