"""Is a variant a pure function of its own row? Proved on a little noise, before anything trains.

A trial's numbers must be those of its own weights, sequences and noise, whatever else is trained in
the same job, before or after it. Whoever breaks that gets a score that nobody can repeat.

Only a sample of places is visited (SECURITY.md says what is not seen); `audit` looks into training.

    watch       looks over a variant's shoulder: which line reads, draws or uses what it must not
    held        what it keeps between two calls      contents    all that a value leads to
    process     torch's settings, put back
    experiment  alone, in company, in another order, again: the same results?
    given       weights, gradients and inputs        passing     a short pass with them
    sequences   does one sequence notice the others?
    variants    what is run of a cell and a remedy   tasks       of a task
"""
