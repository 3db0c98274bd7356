"""A disk that is really full: rounds of QUIT and delivery on a file system of 1 MiB.

It is mounted in a mount namespace of its own, and filled before each step so that only a
few pages are left. What QUIT or the delivery answers must be true: +OK and exit 0 mean
done, an exit code means not delivered, -ERR means the maildrop before or after.
"""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    HERE = Path(__file__).resolve()
    sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]

from lib.pop import Closed, Refused
from support import small_disk
from support.compare import inode, judge
from support.maildrop import letter, sample, undated
from support.programs import Inetd, deliver
from support.prover import Outcome

ROUNDS = 100
PAGES_LEFT = (0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 12, 20, 40)
SIZES = (100, 2_000, 5_000, 12_000, 30_000)


def run(prover):
    """Start the rounds in a namespace of their own; one line of the table."""
    started = time.monotonic()
    with prover.directory() as directory:
        users = directory / "Users"
        points, failures, note = small_disk.run(__file__, prover.binary, users, prover.seed)
    yield Outcome("a disk that is full", points, failures, time.monotonic() - started, note)


class Rounds:
    """The rounds on one small disk, and what they have come to."""

    def __init__(self, binary, users, seed):
        self.binary, self.users = binary, users
        self.dice = random.Random(seed)
        self.maildrop = sample(5_000)
        self.maildrop.write(users)
        self.inode = inode(users)
        self.failures = []
        self.came = {"delivery": [0, 0], "QUIT": [0, 0]}  # done, refused

    def play(self):
        for number in range(1, ROUNDS + 1):
            self._step(f"round {number}, delivery", self._deliver, number)
            self._step(f"round {number}, QUIT", self._quit, number)
        done, refused = self.came["delivery"]
        if not done or not refused:
            self.failures.append(f"deliveries: {done} done and {refused} refused prove nothing")

    def _step(self, name, step, number):
        left = small_disk.fill(self.users, self.dice.choice(PAGES_LEFT))
        try:
            allowed, said = step(number)
            wrong = self._look_while_full(allowed)
        except (Closed, Refused, subprocess.SubprocessError) as failure:
            allowed, said, wrong = {"before": self.maildrop}, "", [f"{failure}"]
        small_disk.empty(self.users)
        word, more = judge(self.binary, self.users, allowed, self.inode)
        wrong += more
        if wrong:
            self.failures.append(f"{name}, {left} pages left, {said}: {'; '.join(wrong)}")
        self.maildrop = allowed.get(word, self.maildrop)

    def _deliver(self, number):
        text = letter(b"round%d" % number, self.dice.choice(SIZES))
        status, log = deliver(self.binary, self.users, text)
        self.came["delivery"][status != 0] += 1
        if log.panics() or status not in (0, 75):
            raise Refused(f"exit {status}: {log.text()[:200]}")
        if status == 0:
            return {"after": self.maildrop.with_delivery(text)}, "exit 0"
        return {"before": self.maildrop}, f"exit {status}"

    def _quit(self, number):
        count = len(self.maildrop.messages)
        share = 0.6 if count > 8 else 0.2
        deleted = [n for n in range(1, count + 1) if self.dice.random() < share]
        with Inetd(self.binary, self.users) as session:
            session.login()
            for message in deleted:
                session.client.must(f"DELE {message}")
            reply = session.client.command("QUIT")
            session.end()
        self.came["QUIT"][not reply.startswith("+OK")] += 1
        allowed = {"after": self.maildrop.without(deleted)}
        if not reply.startswith("+OK"):
            allowed["before"] = self.maildrop
        return allowed, reply

    def _look_while_full(self, allowed):
        """A session on the full disk may end with -ERR, but not show anything else."""
        with Inetd(self.binary, self.users) as session:
            session.login()
            fetched = [undated(octets) for octets in session.client.retr_all()]
            session.client.command("QUIT")
        right = [[undated(text) for text in m.retrieved()] for m in allowed.values()]
        return [] if fetched in right else ["on the full disk RETR shows something else"]


def main():
    rounds = Rounds(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
    rounds.play()
    came = "; ".join(f"{what}: {a} done, {b} refused" for what, (a, b) in rounds.came.items())
    json.dump([2 * ROUNDS, rounds.failures, came], sys.stdout)


if __name__ == "__main__":
    main()
