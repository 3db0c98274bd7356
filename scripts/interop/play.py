"""Plays every case, says how each went, prints the table of clients and the closing line."""

import shutil
import sys
import tempfile
import time

from cases import CASES
from clients import curl, fetchmail, getmail, inetd, mpop, mutt, passwd, pipes, python_poplib, telnet  # noqa: F401
from clients import eudora, gateway, nmh, wmbiff  # noqa: F401
from launchers import package, ports, relays, shells, superservers, systemd, tls  # noqa: F401
from launchers.trial import print_rows


def main():
    begun = time.monotonic()
    binary, *only = sys.argv[1:]
    chosen = [case for case in CASES if not only or case.client in only]
    work = tempfile.mkdtemp(prefix="pop1081-interop.")
    try:
        outcomes = [run(case, binary, work) for case in chosen]
    finally:
        shutil.rmtree(work)
    for outcome in outcomes:
        if outcome.why:
            print(f"\n{outcome.result}: {outcome.client}: {outcome.what}\n{outcome.why}")
    print_table(outcomes)
    print_rows()
    print(f"{time.monotonic() - begun:.0f} s for {len(outcomes)} cases")
    results = [outcome.result for outcome in outcomes]
    print(f"{results.count('passed')} passed, {results.count('FAILED')} failed")
    return 0 if "passed" in results and "FAILED" not in results else 1


def run(case, binary, work):
    begun = time.monotonic()
    outcome = case.run(binary, work)
    print(f"{time.monotonic() - begun:5.1f} s  {case.client}: {case.what}: {outcome.result}", flush=True)
    return outcome


def print_table(outcomes):
    """Client, what it did, result, and the commands that it really sent."""
    rows = [("client", "what it did", "result", "commands it sent (! refused, ? unanswered, ; next session)")]
    rows += [(o.client, o.what, o.result, o.commands) for o in outcomes]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    print()
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        print(" | ".join([*cells, row[3]]))
    print()


if __name__ == "__main__":
    sys.exit(main())
