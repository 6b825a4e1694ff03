# The recorded data, checked against their ledger.


rule data:
    input:
        ledger="workflow/config/datasets.yaml",
        readers=sorted(map(str, Path("seqbench/data").glob("*.py"))),
    output:
        f"{RESULTS}/data.txt",
    log:
        f"{RESULTS}/logs/data.log",
    shell:
        # absent data are no reason to stop: the rows of their tasks say what is missing
        "{SEQBENCH} data verify > {output:q} 2> {log:q} || true"
