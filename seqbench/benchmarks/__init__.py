"""How fast we are beside others, on this machine: `make bench`.

    where      the machine, the versions, the commit     grid       what is measured
    measure    fair races                                floor      the least that arithmetic costs
    ours       our engines, invented: a cell of no one   peers      torch.nn, torchrecurrent, cuDNN
    kernels    the races                                 flash      FlashRNN
    networks   others with many networks at once:        jax_scan   JAX, and mapped: torch.func
    memory     peak memory of a stack                    pipeline   all that is not training,
    targets    what we want, beside what is                         by stopwatch and first_update
    table      all of it as text                         session    all of it in order, and the file

A new engine is one entry of `ours.engines`; a new rival one entry of `peers.PEERS`, or
of `networks.OTHERS`.
"""
