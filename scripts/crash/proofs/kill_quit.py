"""Kills QUIT at every system call that it makes, one run per call.

Afterwards the next login must show exactly the maildrop before or exactly the one after,
and the one after where the client has read `+OK`. The same again with mail that arrived
during the session, with another program that appends between the kill and the login, and
with a maildrop that has grown since an earlier session, whose last message had no end then.
"""

from dataclasses import dataclass

from lib.pop import WAIT
from support.compare import inode, judge
from support.foreign import FOREIGN, append_under_flock
from support.inject import KILLED, Attached, Point, points
from support.maildrop import Maildrop, letter, sample
from support.programs import deliver
from support.prover import kind_of
from support.quitting import LAUNCHES, before_quit, leave_notes

DELETIONS = {
    "no": (),
    "the first": (1,),
    "a middle": (3,),
    "the last": (6,),
    "every other": (1, 3, 5),
    "all": (1, 2, 3, 4, 5, 6),
}
ARRIVED = letter(b"arrived")
# What the last message lacks when an earlier session sees it, in octets.
GROWING = {"grown": 1, "continued": 9}

QUICK = 100  # kills of each line, but for more if there are more kinds of them


@dataclass(frozen=True)
class Case:
    """One way to QUIT; `extra` is "", or what else there is:

    known: the notes of an earlier session; large: more octets than are written at once, or
    removed ones compared whole; arrived: mail delivered during the session; foreign: mail
    appended after the kill; grown: notes of a last message without its empty line, and mail
    delivered since; continued: notes of half a last message, and the rest of it since.
    """

    launch: str
    deleted: str
    extra: str = ""
    point: Point = None

    def __str__(self):
        extra = f", {self.extra}" if self.extra else ""
        return f"{self.launch}, {self.deleted} deleted{extra}, {self.point}"

    def at(self, point):
        return Case(self.launch, self.deleted, self.extra, point)

    @property
    def has_foreign(self):
        return "foreign" in self.extra

    def at_start(self):
        return sample(1_400_000) if "large" in self.extra else sample()

    def maildrops(self):
        """The maildrop before and after, as the next login may find it."""
        before = self.at_start()
        after = before.without(DELETIONS[self.deleted])
        if self.extra in ("arrived", "grown"):
            before, after = before.with_delivery(ARRIVED), after.with_delivery(ARRIVED)
        if self.has_foreign:
            before, after = before.with_raw(FOREIGN), after.with_raw(FOREIGN)
        return {"before": before, "after": after}


def run(prover):
    """Two lines of the table, one for each way to start a session."""
    cases = [
        Case(launch, deleted, extra)
        for launch in LAUNCHES
        for deleted in DELETIONS
        for extra in ("", "known")
    ]
    extras = ("arrived", "foreign")
    cases += [Case("inetd", deleted, extra) for extra in extras for deleted in DELETIONS]
    cases += [Case("inetd", deleted, "large") for deleted in ("the first", "every other", "all")]
    lasting = ("a middle", "the last", "every other")
    cases += [Case("inetd", deleted, extra) for extra in GROWING for deleted in lasting]
    found = prover.every(calls_of, cases)
    killed = [case.at(point) for case, reached in zip(cases, found) for point in reached]
    return [
        prover.prove(f"kill at every call of QUIT, {launch}", survives, of(prover, killed, launch))
        for launch in LAUNCHES
    ]


def of(prover, killed, launch):
    return prover.some((case for case in killed if case.launch == launch), QUICK, kind_of)


def calls_of(prover, case):
    """The system calls of a QUIT that nobody disturbs."""
    with prover.directory() as directory:
        prepare(prover, directory, case)
        reply, trace = quit_traced(prover, directory, case)
        if not (reply or "").startswith("+OK"):
            raise RuntimeError(f"{case}: undisturbed, QUIT answered {reply}")
        return points(trace)


def prepare(prover, directory, case):
    """A maildrop, and the notes of an earlier session where the case wants them."""
    users = directory / "Users"
    if case.extra in GROWING:
        grow(prover, users, case)
        return inode(users)
    case.at_start().write(users)
    if case.extra == "known":
        leave_notes(prover.binary, users)
    return inode(users)


def grow(prover, users, case):
    """A maildrop that an earlier session has seen before it was as the case wants it."""
    lacking = GROWING[case.extra]
    *others, last = case.at_start().messages
    Maildrop(case.at_start().password_line, (*others, last[:-lacking])).write(users)
    leave_notes(prover.binary, users)
    if case.extra == "grown":
        deliver(prover.binary, users, ARRIVED)
    else:
        append_under_flock(users, last[-lacking:])


def quit_traced(prover, directory, case):
    """Bring a session to QUIT, let strace watch from there; the reply and the trace."""
    users = directory / "Users"
    options = case.point.kill() if case.point else ()
    with before_quit(prover.binary, users, case.launch, DELETIONS[case.deleted]) as quitting:
        if case.extra == "arrived":
            deliver(prover.binary, users, ARRIVED)
        with Attached(quitting.pid, directory / "trace", options) as strace:
            reply = quitting.quit()
            quitting.settle()
            return reply, strace.finish(0 if quitting.goes_on and not options else WAIT)


def survives(prover, case):
    with prover.directory() as directory:
        users = directory / "Users"
        original = prepare(prover, directory, case)
        reply, trace = quit_traced(prover, directory, case)
        wrong = [] if KILLED in trace else ["this call was not reached"]
        if case.has_foreign:
            append_under_flock(users, FOREIGN)
        word, more = judge(prover.binary, users, case.maildrops(), original)
        if reply and reply.startswith("+OK") and word == "before" and DELETIONS[case.deleted]:
            more.append("QUIT had answered +OK")
        return wrong + more
