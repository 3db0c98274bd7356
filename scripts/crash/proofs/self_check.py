"""Proves the judges of the other proofs: each of these damages must be found out.

A damage is done by hand to a maildrop, or told to the ledger; a judge that finds nothing
wrong with it is a failure.
"""

import os
from dataclasses import dataclass

from support.compare import inode, judge
from support.ledger import Ledger
from support.maildrop import NAME, sample


@dataclass(frozen=True)
class Damage:
    kind: str  # maildrop or ledger
    name: str

    def __str__(self):
        return f"{self.kind}: {self.name}"


def run(prover):
    """One line of the table."""
    damages = [Damage("maildrop", name) for name in MAILDROP]
    damages += [Damage("ledger", name) for name in LEDGER]
    yield prover.prove("the judges find out what is wrong", found_out, damages)


def found_out(prover, damage):
    if damage.kind == "ledger":
        ledger = Ledger()
        LEDGER[damage.name](ledger)
        return [] if ledger.wrong or ledger.lost else ["not found out"]
    with prover.directory() as directory:
        before = sample()
        path = before.write(directory / "Users")
        original = inode(directory / "Users")
        MAILDROP[damage.name](path, path.read_bytes())
        allowed = {"before": before, "after": before.without((1,))}
        _, wrong = judge(prover.binary, directory / "Users", allowed, original)
        return [] if wrong else ["not found out"]


def replaced(path, octets):
    other = path.with_name("other")
    other.write_bytes(octets)
    os.rename(other, path)


def redo_left(path, _):
    notes = path.parent / ".pop1081"
    notes.mkdir(mode=0o700)
    (notes / f"{NAME}.redo").write_bytes(b"something")


MAILDROP = {
    "one octet changed": lambda path, o: path.write_bytes(o.replace(b"first", b"fir5t", 1)),
    "cut short": lambda path, o: path.write_bytes(o[:-200]),
    "one octet too many": lambda path, o: path.write_bytes(o + b"\n"),
    "a message doubled": lambda path, o: path.write_bytes(o + sample().messages[5]),
    "a message lost": lambda path, o: path.write_bytes(o.replace(sample().messages[2], b"")),
    "zeros inside": lambda path, o: path.write_bytes(o[:4096] + bytes(512) + o[4608:]),
    "password changed": lambda path, o: path.write_bytes(b"S" + o[1:]),
    "a separator line damaged": lambda path, o: path.write_bytes(o.replace(b"\nFrom s", b"\nFr0m s")),
    "another inode": replaced,
    "a redo file nobody can read": redo_left,
}


def sent(ledger, *words):
    for word in words:
        ledger.sending(word, "deliver")
        ledger.is_there(word)


def lose(ledger):
    sent(ledger, "a", "b")
    ledger.listed(["a"], ledger.before_login(), ledger.after_login())


def double(ledger):
    sent(ledger, "a")
    ledger.listed(["a", "a"], ledger.before_login(), ledger.after_login())


def come_back(ledger):
    sent(ledger, "a")
    ledger.confirmed(ledger.quitting(["a"]))
    ledger.listed(["a"], ledger.before_login(), ledger.after_login())


def half_a_quit(ledger):
    sent(ledger, "a", "b")
    ledger.quitting(["a", "b"])
    ledger.listed(["a"], ledger.before_login(), ledger.after_login())


def confirmed_but_kept(ledger):
    sent(ledger, "a")
    quitting = ledger.quitting(["a"])
    ledger.listed(["a"], ledger.before_login(), ledger.after_login())
    ledger.confirmed(quitting)


def never_sent(ledger):
    ledger.listed(["a"], ledger.before_login(), ledger.after_login())


LEDGER = {
    "lost": lose,
    "doubled": double,
    "came back": come_back,
    "half a QUIT": half_a_quit,
    "confirmed but kept": confirmed_but_kept,
    "never sent": never_sent,
}
