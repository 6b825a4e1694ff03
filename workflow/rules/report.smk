# Tables + figures + prose -> one HTML file and one PDF.


rule report:
    input:
        rules.collect.output,
        rules.analyze.output,
        rules.draw.output,
        due=lambda names: due(wanted.of_step(MATRIX, "report"), REPORT),
        data=rules.data.output,
        matrix=str(MATRIX.path),
        pages=[
            str(page)
            for page in sorted(Path("reports").glob("[!.]*/*"))
            if page.is_file()
            and page.parent.name != "picture"  # made of results, too
            and not page.parent.suffix  # a folder in the place of a report
        ],
        bibliography="reports/references.bib",
        code=sorted(map(str, Path("seqbench/report").rglob("*.py"))),
    output:
        REPORT,
    log:
        f"{RESULTS}/logs/report.log",
    shell:
        "({SEQBENCH} report {CONFIG} || [ $? -eq 1 ]) 2>&1 | tee {log:q}"


# A run ends as its trials did. Where some failed this rule fails, and keeps nothing, so that the next
# run says it again; everything else is made.
rule status:
    input:
        rules.report.output,
        rules.collect.output,
    output:
        f"{RESULTS}/status.txt",
    log:
        f"{RESULTS}/logs/status.log",
    shell:
        "{SEQBENCH} status {CONFIG} 2> {log:q} | tee {output:q}"
