"""Proves the judges of the other proofs: each of these damages must be found out.

A damage is done by hand to a maildrop, or told to the ledger, or to the inventory; a judge
that finds nothing wrong with it is a failure. And what a gap does not explain must not be
told apart as the gap's.
"""

import os
from dataclasses import dataclass, replace

from support.actions import Action
from support.afterwards import wrong_afterwards
from support.compare import inode, judge
from support.inject import Point
from support.inventory import Inventory, shown
from support.ledger import Ledger
from support.maildrop import PASSWORD, sample
from support.prover import InGap
from proofs.other_writer import Case, in_gap


@dataclass(frozen=True)
class Damage:
    kind: str  # maildrop, ledger, inventory, afterwards or gap
    name: str

    def __str__(self):
        return f"{self.kind}: {self.name}"


def run(prover):
    """One line of the table."""
    damages = [Damage("maildrop", name) for name in MAILDROP]
    damages += [Damage("ledger", name) for name in LEDGER]
    damages += [Damage("inventory", name) for name in INVENTORY]
    damages += [Damage("afterwards", name) for name in AFTERWARDS]
    damages += [Damage("gap", name) for name in GAP]
    yield prover.prove("the judges find out what is wrong", found_out, damages)


def found_out(prover, damage):
    if damage.kind == "ledger":
        ledger = Ledger()
        LEDGER[damage.name](ledger)
        return [] if ledger.wrong or ledger.lost else ["not found out"]
    if damage.kind == "inventory":
        inventory, fetched = INVENTORY[damage.name]
        return [] if inventory.wrong_with(fetched) else ["not found out"]
    if damage.kind == "gap":
        wrong = in_gap(*GAP[damage.name], OTHER)
        return ["waved through"] if any(isinstance(what, InGap) for what in wrong) else []
    if damage.kind == "afterwards":
        return [] if wrong_after(prover, AFTERWARDS[damage.name]) else ["not found out"]
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


A, B, C, OTHER, SENT = (letter * 50 + b"\r\n" for letter in (b"a", b"b", b"c", b"o", b"s"))
START = Inventory((A, B, C), removed=(2, 3), wanted=(OTHER,), optional=((SENT, (0,)),))
INVENTORY = {
    "a message lost": (START, [B, C, OTHER]),
    "the other program's lost": (START, [A, B, C]),
    "a message doubled": (START, [A, A, B, C, OTHER]),
    "the other program's doubled": (START, [A, OTHER, OTHER]),
    "two made into one": (START, [A, B, C + OTHER]),
    "half a QUIT": (START, [A, B, OTHER]),
    "there although QUIT said +OK": (replace(START, gone=True), [A, B, C, OTHER]),
    "gone although nothing was to be removed": (replace(START, removed=()), [A, OTHER]),
    "there although the delivery was refused": (START, [A, OTHER, SENT]),
    "not there although it was delivered": (replace(START, optional=((SENT, (1,)),)), [A, OTHER]),
    "another order": (START, [B, A, C, OTHER]),
    "an empty line more": (START, [A, B, C + b"\r\n", OTHER]),
    "more empty lines than others wrote": (replace(START, slack=1), [A, B, C + b"\r\n\r\n", OTHER]),
    "the same text, once too few": (replace(START, wanted=(C,), gone=True), [A]),
    "the same text, once too often": (replace(START, wanted=(C,), gone=True), [A, C, C]),
    "one octet changed": (START, [A, b"x" + B[1:], C, OTHER]),
}
PLACE = Point("statx", 1)
CUT = Case(Action("QUIT", "the last"), "well-formed", PLACE, "cut")
APPEND = Case(Action("delivery", "small"), "well-formed", PLACE, "append")
ROOM = Case(Action("passwd", "longer"), "well-formed", PLACE, "room")
GAP = {
    "another message lost before a cut": (CUT, [f"lost: {shown(A + B)}"]),
    "both lost before a cut": (CUT, [f"lost: {shown(OTHER)}", f"lost: {shown(A + B)}"]),
    "garbled before a cut": (CUT, [f"garbled or back: {shown(OTHER)}"]),
    "locked out before a cut": (CUT, ["locked out: PASS"]),
    "lost before an append": (APPEND, [f"lost: {shown(OTHER)}"]),
    "locked out before room is made": (ROOM, ["locked out: PASS"]),
    "doubled before an append without a kill": (APPEND, [f"doubled: {shown(SENT)}"]),
}


def wrong_after(prover, damage):
    """What the judge says of a maildrop to which this was done."""
    with prover.directory() as directory:
        path = sample().write(directory / "Users")
        passwords = damage(path, path.read_bytes()) or (PASSWORD,)
        inventory = Inventory(tuple(sample().retrieved()))
        return wrong_afterwards(prover, directory / "Users", inventory, passwords)


AFTERWARDS = {
    "no login": lambda path, o: path.write_bytes(b"another" + o) and None,
    "no delivery": lambda path, _: os.link(path, path.with_name(".second")),
    "text before the first message": lambda path, o: path.write_bytes(o.replace(b"From ", b"F ", 1)) and None,
    "a message lost": lambda path, o: path.write_bytes(o.replace(sample().messages[2], b"")) and None,
    "one octet changed": lambda path, o: path.write_bytes(o.replace(b"first", b"fir5t", 1)) and None,
    "two passwords": lambda *_: (PASSWORD, PASSWORD),
}
