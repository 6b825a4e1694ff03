# From finished trials to tables and figures. Left of here torch, right of here pandas.


rule collect:
    input:
        **{table: of_every_job(table) for table in records.TABLES},
        # by name: with rules.initialization.output here, all others would be hashed again and again
        initialization=list(INITIALIZATION.values()),
        reach=of_every_search(),
        due=lambda names: due(wanted.of_step(MATRIX, "collect"), COLLECTED),
    output:
        COLLECTED,
    log:
        f"{RESULTS}/logs/collect.log",
    shell:
        "({SEQBENCH} collect {CONFIG} || [ $? -eq 1 ]) 2>&1 | tee {log:q}"


rule analyze:
    input:
        rules.collect.output,
        due=lambda names: due(wanted.of_step(MATRIX, "analyze"), DERIVED),
        criteria="seqbench/criteria.py",
        code=sorted(map(str, Path("seqbench/analysis").rglob("*.py"))),
        claims=sorted(
            str(file)
            for pattern in ("*.py", "predicates/*.py", "ledger/*.yaml")
            for file in Path("seqbench/claims").glob(pattern)
        ),
    output:
        DERIVED,
    log:
        f"{RESULTS}/logs/analyze.log",
    shell:
        "{SEQBENCH} analyze {CONFIG} 2>&1 | tee {log:q}"


rule draw:
    input:
        rules.collect.output,
        rules.analyze.output,
        due=lambda names: due(wanted.of_step(MATRIX, "draw"), [DRAWN]),
        code=sorted(map(str, Path("seqbench/figures").rglob("*.py"))),
    output:
        DRAWN,
    log:
        f"{RESULTS}/logs/draw.log",
    shell:
        "{SEQBENCH} draw {CONFIG} 2>&1 | tee {log:q}"
