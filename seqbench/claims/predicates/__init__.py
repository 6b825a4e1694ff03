"""The predicates that decide a question: a file is a predicate, found by its name, with

    ARMS       the arms that it asks for: (), ("a",) or ("a", "b")
    WORDS      what it says of them
    COMPARES   order, ratio, level or bounds: a smaller setting than the published one that falls
               short of a level is no evidence against it, nor of a ratio while the order holds
    TABLE      the table that answers it, if not trials: reach or theorems
    NEEDS      the fields of a question that it cannot do without, if any
    decide(question, margin, runs) -> Finding

A margin is what a difference must exceed (or, of an equivalence, must not exceed) to count. All but
`decide` are literals, read from the source: the ledger is checked and listed without pandas.
"""
