"""The command line: everything that the workflow does, a person can do by hand.

The commands are in `seqbench/commands/`, a file each.
"""

import sys

try:
    import argparse
    import errno
    import os
    import threading
    import traceback
    from collections.abc import Iterator, Sequence
    from contextlib import contextmanager, suppress

    from seqbench import __version__, serving, watchdog
    from seqbench.commands import commands
    from seqbench.errors import InputError, out_of_memory
except KeyboardInterrupt:  # as in `main`
    sys.exit(130)

LAST = 10.0  # seconds that Python may take to end
FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)  # no space, a limit, a quota


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m seqbench",
        description="Every recurrent cell under every remedy against vanishing and exploding "
        "gradients. `snakemake` runs these commands in order. Exit codes: 0 done, 1 trials failed "
        "or are missing, or data, variants or scores are not as they should be, 2 bad input (said "
        "in a sentence) or a full disk or memory, 3 a fault of the program, 130 interrupted.",
        epilog="example: python -m seqbench list --long",
    )
    top.add_argument("--version", action="version", version=f"seqbench {__version__}")
    every = top.add_subparsers(metavar="COMMAND", required=True)
    for command in commands():
        example = f"example: python -m seqbench {command.name} {command.example}"
        words = command.summary
        one = every.add_parser(command.name, help=words, description=words, epilog=example)
        command.options(one)
        one.set_defaults(command=command)
    return top


def main(arguments: Sequence[str] | None = None, *, served: bool = False) -> int:
    """Run one command; bad input ends in one line and exit code 2.

    served: in a child that a server has made for it.
    """
    try:
        options = parser().parse_args(arguments)
        if options.command.computes and served:
            watchdog.supervise()
        elif options.command.computes and arguments is None:  # a process of its own
            _by_server()
            _with_environment()
            watchdog.supervise()
        code: int = options.command.run(options) or 0
        sys.stdout.flush()
        return code
    except InputError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough, e.g. `list | head`
        _forget_output()
        return 0
    except Exception as error:
        return _ended_by(error)
    except KeyboardInterrupt:
        return 130


def _ended_by(error: Exception) -> int:
    """Say what went wrong outside of what is computed, or in the program itself."""
    if isinstance(error, OSError) and error.errno in FULL:
        _forget_output()
        words = (
            f"{error.filename or 'The output'}: cannot be written ({error.strerror}). Allowed: a "
            "place with free space. Free some."
        )
    elif out_of_memory(error):
        words = (
            f"out of memory ({' '.join(str(error).split()) or 'none is given'}). Allowed: what the "
            "machine, or the limit set for it, gives. Run fewer jobs at once, or raise the limit: "
            "what was trained is kept."
        )
    else:
        traceback.print_exc()
        return 3
    print(words, file=sys.stderr)
    return 2


def _by_server() -> None:
    """Have a server do it, and end as that ends; where none does, go on."""
    address = os.environ.get(serving.VARIABLE)
    code = serving.asked(address, sys.argv[1:]) if address else None
    if code is not None:
        watchdog.end_like(code)


def _with_environment() -> None:
    """Begin again, with all that must be there before Python starts."""
    environment = watchdog.ENVIRONMENT | os.environ | watchdog.ALWAYS
    if sys.platform == "linux" and environment != os.environ:
        os.execve(sys.executable, sys.orig_argv, environment)


def _forget_output() -> None:
    """Whatever is left in the buffer goes nowhere, so that the exit does not fail of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _ends() -> Iterator[None]:
    """End soon after what is inside, with its code: Python would wait for threads for ever."""
    code: object = 1
    try:
        yield
    except SystemExit as end:
        code = end.code
        raise
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        with suppress(MemoryError, RuntimeError):  # there is no room for a thread
            last = threading.Timer(LAST, os._exit, [code if isinstance(code, int) else 1])
            last.daemon = True
            last.start()


if __name__ == "__main__":
    with _ends():
        sys.exit(main())
