"""Another program edits the maildrop in place between a kill in QUIT and the next login.

Each state with a change unfinished is edited at every place that matters: in what stays as
it is, in what is written anew, and in what is to be cut off (of which a recovery looks at
samples only if it is large). A recovery must either refuse and touch nothing, so that a
person can decide, or finish the QUIT and lose nothing: what was put in between is there
afterwards. Only a change that moves no octet may be undone by that; the note counts those.
"""

import time
from dataclasses import dataclass

from support.compare import inode
from support.edits import write_in_place
from support.foreign import FOREIGN, append_under_flock
from support.maildrop import NAME, PASSWORD, letter
from support.programs import Inetd, deliver
from support.prover import Outcome
from proofs import kill_quit
from proofs.kill_quit import DELETIONS
from proofs.kill_recovery import different, leave

SAMPLE = 16 * 1024
PLACES = 64
TRY_AGAIN = 75
MESSAGE = b"From editor@example Sat Nov 12 08:00:00 1988\n\nput in\n\n"
CHANGES = {
    "a letter changed": lambda raw, at: raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :],
    "a line put in": lambda raw, at: raw[:at] + b"put in\n" + raw[at:],
    "a message put in": lambda raw, at: raw[:at] + MESSAGE + raw[at:],
    "20 octets removed": lambda raw, at: raw[:at] + raw[at + 20 :],
}
STATES = (("a middle", ""), ("every other", ""), ("all", ""), ("a middle", "large"))
STATES += (("every other", "large"), ("all", "large"))


@dataclass(frozen=True)
class Case:
    left: kill_quit.Case
    change: str
    place: str
    arrived: bool = False  # mail of others behind the edit

    def __str__(self):
        arrived = ", then foreign mail" if self.arrived else ""
        return f"({self.left}), then {self.change} in {self.place}{arrived}"

    def places(self):
        """Where to edit, by name."""
        before, after = (maildrop.raw() for maildrop in self.left.maildrops().values())
        first = min(DELETIONS[self.left.deleted])
        start = len(self.left.at_start().without(range(first, 7)).raw())
        old = len(before) - len(after)
        found = {"what is to be cut off": len(after) + 5, "the last line": len(before) - 5}
        if start > 100:
            found["what stays"] = start - 20
        if len(after) > start:
            found["what is written anew"] = (start + len(after)) // 2
        if old > PLACES * SAMPLE:
            found["the middle of a sample"] = len(after) + (old - SAMPLE) * 31 // 63 + SAMPLE // 2
            found["what is in no sample"] = len(after) + SAMPLE + 50
        return found

    def moves_nothing(self):
        return self.change == "a letter changed"

    def allowed(self, edited, untouched):
        """What may be there when the login succeeded; `untouched`: nothing had been changed
        before the edit, or all."""
        after = self.left.maildrops()["after"].raw()
        if self.place == "what stays" and self.moves_nothing():
            found = {"finished": CHANGES[self.change](after, self.places()[self.place])}
        elif self.moves_nothing():
            found = {"undone": after}
        else:
            found = {}
        found = {word: raw + (FOREIGN if self.arrived else b"") for word, raw in found.items()}
        return found | ({"as edited": edited} if untouched else {})


def run(prover):
    """One line of the table."""
    started = time.monotonic()
    firsts = [kill_quit.Case("inetd", deleted, extra) for deleted, extra in STATES]
    found = prover.every(kill_quit.calls_of, firsts)
    kills = [case.at(point) for case, reached in zip(firsts, found) for point in reached]
    cases = [
        Case(left, change, place, arrived)
        for left in different(prover, kills)
        for change in CHANGES
        for place in Case(left, change, "").places()
        for arrived in (False, True)
    ]
    cases = prover.some(cases, 300, lambda case: (case.change, case.place, case.arrived))
    verdicts = prover.every(tried, cases)
    failures = [f"{case}: {'; '.join(wrong)}" for case, (_, wrong) in zip(cases, verdicts) if wrong]
    words = [word for word, _ in verdicts if word]
    note = "; ".join(f"{words.count(word)} {word}" for word in sorted(set(words)))
    seconds = time.monotonic() - started
    yield Outcome("edits between a kill in QUIT and the login", len(words), failures, seconds, note)


def tried(prover, case):
    """What became of the edit, "" where there is no such place; and what is wrong."""
    with prover.directory() as directory:
        users, path = directory / "Users", directory / "Users" / NAME
        leave(prover, directory, case.left)
        original, raw = inode(users), path.read_bytes()
        if case.places()[case.place] >= len(raw):
            return "", []
        write_in_place(path, CHANGES[case.change](raw, case.places()[case.place]))
        if case.arrived:
            append_under_flock(users, FOREIGN)
        untouched = raw in [maildrop.raw() for maildrop in case.left.maildrops().values()]
        word, wrong = judged(prover, users, case, untouched)
        return word, wrong + ([] if inode(users) == original else ["the inode was replaced"])


def judged(prover, users, case, untouched):
    edited = (users / NAME).read_bytes()
    with Inetd(prover.binary, users) as session:
        session.greeting()
        session.client.must(f"USER {NAME}")
        reply = session.client.command(f"PASS {PASSWORD}")
        session.client.command("QUIT")
        session.end()
    there = (users / NAME).read_bytes()
    if reply.startswith("-ERR"):
        status, _ = deliver(prover.binary, users, letter(b"next"))
        wrong = [] if status == TRY_AGAIN else [f"refused, and a delivery gives {status}"]
        wrong += [] if there == (users / NAME).read_bytes() == edited else ["refused, but changed"]
        return "refused", wrong
    word = next((word for word, raw in case.allowed(edited, untouched).items() if raw == there), None)
    return word or "wrong", [] if word else [f"{len(there)} octets are there after {reply}"]
