# From one matrix file to a page and a PDF. A bare `snakemake` does it all; the matrix is
# workflow/config/default.yaml, or the one given with --configfile.
#
#   fetch --> train, reach (task x cell), initialization --> collect --> analyze --> draw --> report --> status


include: "workflow/rules/common.smk"
include: "workflow/rules/needs.smk"
include: "workflow/rules/due.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/reach.smk"
include: "workflow/rules/initialization.smk"
include: "workflow/rules/analyze.smk"
include: "workflow/rules/report.smk"


localrules:
    all,
    fetch,
    data,
    collect,
    analyze,
    draw,
    report,
    status,


rule all:
    default_target: True
    input:
        rules.report.output,
        rules.collect.output,
        rules.analyze.output,
        rules.draw.output,
        rules.status.output,
