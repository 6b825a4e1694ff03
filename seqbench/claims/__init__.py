"""The claims ledger: what has been published about cells and remedies, and what a run says of it.

One YAML file of `ledger/` is one claim: its words, its source and how that is known, the published
setting and number, and the tests that decide it. A test is data (which rows, which number, which
margin) plus the name of a predicate, one file of `predicates`; there is no code in YAML.

    supported     every test shows what the claim says, beyond its tolerance
    contradicted  at least one test shows the opposite
    inconclusive  neither: too little difference, or too few seeds to show any
    not run       the run has no such rows, and the verdict says which

A test that cannot reach significance with the seeds it has is inconclusive, never passed. So is one
whose condition is not shown: that a network stays at chance says something only where another one,
given the same training, solves the task. A level that a smaller setting misses is left open, too.

    claim reader ledger/          what a claim consists of, and the ledger, checked
    deciding predicates/          the predicates: found by name, a file each
    rows runs                     the rows of a run that a question asks for
    finding verdicts table        one answer, one verdict per claim, claims.csv
    analytic theorems/            numbers of the claims that no training decides
    say                           what the command prints
"""
