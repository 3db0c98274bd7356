"""Kills QUIT at every system call that it makes, one run per call.

Afterwards the next login must show exactly the maildrop before or exactly the one after,
and the one after where the client has read `+OK`. The same again with mail that arrived
during the session, with another program that appends between the kill and the login, and
with a maildrop that has grown since an earlier session, whose last message had no end then.
"""

from dataclasses import dataclass

from lib.compare import inode, judge
from lib.foreign import FOREIGN, append_under_flock
from lib.inject import KILLED, Attached, Point, points
from lib.maildrop import Maildrop, letter, sample
from lib.quitting import LAUNCHES, before_quit, leave_notes
from lib.server import deliver

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

# Seconds that strace gets to see the process die before the call counts as not reached.
ENOUGH = 5


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


def run(bench):
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
    found = bench.every(calls_of, cases)
    killed = [case.at(point) for case, reached in zip(cases, found) for point in reached]
    return [
        bench.prove(f"kill at every call of QUIT, {launch}", survives, of(killed, launch))
        for launch in LAUNCHES
    ]


def of(killed, launch):
    return [case for case in killed if case.launch == launch]


def calls_of(bench, case):
    """The system calls of a QUIT that nobody disturbs."""
    with bench.room() as room:
        prepare(bench, room, case)
        reply, trace = quit_traced(bench, room, case)
        if not (reply or "").startswith("+OK"):
            raise RuntimeError(f"{case}: undisturbed, QUIT answered {reply}")
        return points(trace)


def prepare(bench, room, case):
    """A maildrop, and the notes of an earlier session where the case wants them."""
    users = room / "Users"
    if case.extra in GROWING:
        grow(bench, users, case)
        return inode(users)
    case.at_start().write(users)
    if case.extra == "known":
        leave_notes(bench.binary, users)
    return inode(users)


def grow(bench, users, case):
    """A maildrop that an earlier session has seen before it was as the case wants it."""
    lacking = GROWING[case.extra]
    *others, last = case.at_start().messages
    Maildrop(case.at_start().password_line, (*others, last[:-lacking])).write(users)
    leave_notes(bench.binary, users)
    if case.extra == "grown":
        deliver(bench.binary, users, ARRIVED)
    else:
        append_under_flock(users, last[-lacking:])


def quit_traced(bench, room, case):
    """Bring a session to QUIT, let strace watch from there; the reply and the trace."""
    users = room / "Users"
    options = case.point.kill() if case.point else ()
    with before_quit(bench.binary, users, case.launch, DELETIONS[case.deleted]) as quitting:
        if case.extra == "arrived":
            deliver(bench.binary, users, ARRIVED)
        with Attached(quitting.pid, room / "trace", options) as strace:
            reply = quitting.quit()
            quitting.settle()
            return reply, strace.finish(0 if quitting.goes_on and not options else ENOUGH)


def survives(bench, case):
    with bench.room() as room:
        users = room / "Users"
        original = prepare(bench, room, case)
        reply, trace = quit_traced(bench, room, case)
        wrong = [] if KILLED in trace else ["this call was not reached"]
        if case.has_foreign:
            append_under_flock(users, FOREIGN)
        word, more = judge(bench.binary, users, case.maildrops(), original)
        if reply and reply.startswith("+OK") and word == "before" and DELETIONS[case.deleted]:
            more.append("QUIT had answered +OK")
        return wrong + more
