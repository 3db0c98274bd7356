"""Another program edits the maildrop in place: during a session, or between two.

It adds, removes, moves and changes what it likes, and mail comes behind that or not. The
client means messages and not numbers: those that it has read, or whose unique-ids it knows.
So no other message may ever go, whatever was moved; a deletion may be refused, but then
nothing at all has changed, and not for ever: soon the client gets its way.

One gap is left open by the design: messages are told apart by where they stand and by their
separator lines. Where all messages have the same separator line and the same length, and the
editor puts in another one of that kind, or swaps two, one message may go in place of another.
There, and only there; those points are counted, and the note says how often it happened.
"""

import time
from dataclasses import dataclass, replace

from lib.pop import Closed, Refused
from support.compare import inode
from support.edits import EDITS, alike, messages, write_in_place
from support.maildrop import NAME, PASSWORD, Maildrop, letter, retrieved, undated
from support.programs import Inetd, deliver
from support.prover import Outcome
from support.quitting import leave_notes

DELETED = {"the first": (1,), "a middle": (4,), "the last": (8,), "two": (2, 6)}
MOMENTS = ("in the session", "before it, messages read", "before it, unique-ids known")
ARRIVED = letter(b"arrived", 1500)
SHIFTING = {
    "a message put first",
    "a message put in the middle",
    "a message put before the last",
    "messages 3 and 4 swapped",
}
PASSWORD_LINE = f"{PASSWORD}\n".encode()
SESSIONS = 3  # by then everything has to be as it should


@dataclass(frozen=True)
class Case:
    moment: str
    edit: str
    deleted: str
    arrived: bool
    alike: bool = False

    def __str__(self):
        arrived = ", then mail" if self.arrived else ""
        return f"{self.edit} {self.moment}{arrived}; {self.deleted} deleted"

    @property
    def open_gap(self):
        return self.alike and self.edit in SHIFTING

    def start(self):
        return alike() if self.alike else messages()

    def meant(self):
        """The messages that the client means to delete, as they were."""
        return {raw for n, raw in enumerate(self.start(), 1) if n in DELETED[self.deleted]}

    def edited(self):
        new = list(EDITS[self.edit](self.start(), DELETED[self.deleted]))
        if self.arrived:
            new = list(Maildrop(PASSWORD_LINE, tuple(new)).with_delivery(ARRIVED).messages)
        return new

    def doubtful(self):
        """What became of the messages meant where the editor has changed those."""
        pairs = zip(self.start(), EDITS[self.edit](self.start(), DELETED[self.deleted]))
        return {new for old, new in pairs if old in self.meant() and old not in self.edited()}


def run(prover):
    """One line of the table."""
    cases = [
        Case(moment, edit, deleted, arrived)
        for moment in MOMENTS
        for edit in EDITS
        for deleted in DELETED
        for arrived in (False, True)
    ]
    yield prover.prove("another program edits the maildrop in place", survives, cases)
    cases = [replace(case, alike=True) for case in cases]
    started = time.monotonic()
    verdicts = prover.every(played, cases)
    failures = [f"{case}: {'; '.join(wrong)}" for case, (_, wrong) in zip(cases, verdicts) if wrong]
    astray = sum(gone for gone, _ in verdicts)
    note = f"another message went in the gap left open by design: {astray}"
    name, seconds = "the same, all messages alike", time.monotonic() - started
    yield Outcome(name, len(cases), failures, seconds, note)


def survives(prover, case):
    return played(prover, case)[1]


def played(prover, case):
    """Whether another message went in the open gap; and what is wrong."""
    with prover.directory() as directory:
        users = directory / "Users"
        Maildrop(PASSWORD_LINE, case.start()).write(users)
        original = inode(users)
        known = {}
        if case.moment != MOMENTS[0]:
            known = notes_left(prover, users, case)
            edit(prover, users, case)
        reply = first_session(prover, users, case, known)
        wrong = judged(users, case, case.edited(), reply)
        if inode(users) != original:
            wrong.append("the maildrop's inode was replaced")
        if case.open_gap and wrong and as_many(users, case):
            return True, read_all(prover, users)
        return False, wrong + later(prover, users, case, known, reply)


def notes_left(prover, users, case):
    """An earlier session that asks for the unique-ids; {unique-id: message}."""
    leave_notes(prover.binary, users)
    with Inetd(prover.binary, users) as session:
        session.login()
        known = dict(zip(session.client.unique_ids(), case.start()))
        session.client.must("QUIT")
        session.end()
    return known


def edit(prover, users, case):
    new = EDITS[case.edit](case.start(), DELETED[case.deleted])
    write_in_place(users / NAME, PASSWORD_LINE + b"".join(new))
    if case.arrived:
        status, log = deliver(prover.binary, users, ARRIVED)
        if status != 0:
            raise RuntimeError(f"the delivery gives {status}: {log.text()[:200]}")


def first_session(prover, users, case, known):
    """Delete the messages meant, the edit coming in between where the case wants it."""
    in_between = case.moment == MOMENTS[0]
    return a_session(prover, users, case, known, lambda: in_between and edit(prover, users, case))


def a_session(prover, users, case, known, before_quit=lambda: None):
    """The reply to QUIT. Who finds that the notes were untrue may break off."""
    with Inetd(prover.binary, users) as session:
        try:
            session.login()
            mark(session.client, case, known)
            before_quit()
            return session.client.command("QUIT")
        except (Closed, Refused) as failure:
            return f"-ERR {failure}"


def mark(client, case, known):
    """DELE what is meant, by its octets or by its unique-id."""
    if case.moment == MOMENTS[2]:
        found = [known.get(identity) for identity in client.unique_ids()]
    else:
        by_octets = {retrieved(raw): raw for raw in case.start()}
        found = [by_octets.get(client.retr(n)) for n in range(1, client.count() + 1)]
    for number, raw in enumerate(found, 1):
        if raw in case.meant():
            client.must(f"DELE {number}")


def judged(users, case, before, reply):
    """What is wrong with the maildrop, that held `before`, after such an answer to QUIT."""
    there, meant = listed(users), case.meant()
    may_go = meant | case.doubtful()
    wrong = [f"lost: {raw[:60]!r}" for raw in before if raw not in may_go | set(there)]
    if there != [raw for raw in before if raw in set(there)]:
        wrong.append("there is something that nobody has put there, or in another order")
    if reply.startswith("+OK") and meant & set(there):
        wrong.append(f"still there in spite of {reply}")
    if reply.startswith("-ERR") and "some deleted" not in reply and there != before:
        wrong.append(f"changed in spite of {reply}")
    return wrong


def as_many(users, case):
    """Whether just as many messages went as were meant, and all others are as they were."""
    there, edited = listed(users), case.edited()
    kept = [raw for raw in edited if raw in set(there)]
    return there == kept and len(edited) - len(there) == len(case.meant())


def listed(users):
    """The raw messages of the maildrop; none of ours has an empty line and `From ` in it."""
    raw = undated((users / NAME).read_bytes()).removeprefix(PASSWORD_LINE)
    ends = [at for at in range(len(raw)) if raw.startswith(b"\n\nFrom ", at)]
    places = [0, *(at + 2 for at in ends), len(raw)]
    return [raw[start:end] for start, end in zip(places, places[1:]) if end > start]


def later(prover, users, case, known, reply):
    """Sessions that do the same again, until one is told +OK; then one that reads all."""
    replies = [reply]
    while not replies[-1].startswith("+OK"):
        if len(replies) > SESSIONS:
            return [f"refused for ever: {replies[-1]}"]
        before = listed(users)
        replies.append(a_session(prover, users, case, known))
        if wrong := judged(users, case, before, replies[-1]):
            return wrong
    return read_all(prover, users)


def read_all(prover, users):
    """RETR must give what is in the file; who finds that the notes were untrue may break off."""
    expected = [undated(retrieved(raw)) for raw in listed(users)]
    for _ in range(SESSIONS):
        with Inetd(prover.binary, users) as session:
            try:
                session.login()
                found = [undated(octets) for octets in session.client.retr_all()]
            except (Closed, Refused):
                continue
        return [] if found == expected else ["RETR gives something else"]
    return ["no session can read it"]
