"""Lets every call fail once, with every error that a bad day brings.

A session must be told -ERR, or see its connection closed, or get +OK with the deletions
really done; a delivery must exit with 0 and be there, or with a code that says try again
and not be there, not even twice after a retry. In either case the maildrop is as before, or
rolled forward by the next open; nothing panics; the next session works.
"""

from dataclasses import dataclass, replace

from lib.pop import Closed
from support.activity import Activity
from support.compare import inode, judge, which
from support.inject import TAMPERED, Attached, Point, points, prefix
from support.maildrop import NAME, PASSWORD, letter, sample
from support.programs import Inetd, deliver, standalone
from support.quitting import leave_notes, settle
from proofs.kill_quit import DELETIONS

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EMFILE", "ENOMEM", "EINTR")
CALLS = """
    accept accept4 clone clone3 copy_file_range dup fallocate fchmod fcntl fdatasync flock fstat
    fsync ftruncate futimens getdents64 ioctl link linkat lseek lstat mkdir mkdirat newfstatat
    open openat pread64 preadv pwrite64 pwritev read readv recvfrom rename renameat renameat2
    sendfile sendto setsockopt stat statx unlink unlinkat utimensat write writev
""".split()

# sysexits(3) that make a mail transport keep the message or say so to its sender: no
# resources, cannot create, input or output failed, try again.
NOT_NOW = (71, 73, 74, 75)
OWN_WORK = r'Users|read\(0,'
TEXT = {"small": letter(b"small"), "1.2 MB": letter(b"huge", 1_200_000)}


@dataclass(frozen=True)
class Case:
    """What is done: `kind` is inetd, standalone or deliver; and which call fails, and how."""

    kind: str
    what: str
    notes: bool = False
    point: Point = None
    error: str = ""

    def __str__(self):
        known = "" if self.notes else ", first use"
        return f"{self.kind}, {self.what}{known}, {self.point} gives {self.error}"

    def options(self):
        return self.point.fail(self.error) if self.point else ()

    def maildrops(self):
        before = sample()
        if self.kind == "deliver":
            return {"before": before, "after": before.with_delivery(TEXT[self.what])}
        return {"before": before, "after": before.without(DELETIONS[self.what])}


def run(prover):
    """One line of the table for each way to start a session, and one for the delivery."""
    sessions = [("no", True), ("every other", False), ("every other", True), ("all", True)]
    for kind in ("inetd", "standalone"):
        cases = [Case(kind, deleted, notes) for deleted, notes in sessions]
        yield prove(prover, f"every call of login and QUIT fails, {kind}", session_survives, cases)
    cases = [Case("deliver", text, notes) for text in TEXT for notes in (False, True)]
    cases = [case for case in cases if not (prover.quick and case.notes and case.what == "1.2 MB")]
    yield prove(prover, "every call of a delivery fails", delivery_survives, cases)


def prove(prover, name, judged, cases):
    found = prover.every(calls_of, cases)
    failing = [
        replace(case, point=point, error=error)
        for case, reached in zip(cases, found)
        for number, point in enumerate(reached)
        for error in errors(prover, number)
    ]
    calls = ", ".join(sorted({case.point.name for case in failing}))
    note = f"{len(errors(prover, 0))} errors into each of: {calls}"
    return prover.prove(name, judged, failing, note)


def errors(prover, number):
    """The errors that the call of this number gives; if in a hurry one, by turns."""
    start = number % len(ERRORS)
    by_turns = ERRORS[start:] + ERRORS[:start]
    return by_turns[:1] if prover.quick else by_turns


def calls_of(prover, case):
    with prover.directory() as directory:
        prepare(prover, directory, case)
        if case.kind == "deliver":
            deliver(prover.binary, directory / "Users", TEXT[case.what], prefix(directory / "trace"))
            return points((directory / "trace").read_text("latin-1"), CALLS, OWN_WORK)
        _, trace = session_traced(prover, directory, case)
        return points(trace, CALLS)


def prepare(prover, directory, case):
    """A maildrop, and where wanted the notes that an earlier session has left."""
    users = directory / "Users"
    sample().write(users)
    if case.notes:
        leave_notes(prover.binary, users)
    settle(users)
    return inode(users)


@dataclass
class Heard:
    """What a client has heard: the replies to PASS and QUIT, None if closed; what is wrong."""

    login: str = None
    quit: str = None
    wrong: tuple = ()


def session_traced(prover, directory, case):
    """A session while strace watches: inetd's from PASS on, the standalone's from connect."""
    users, log = directory / "Users", directory / "trace"
    if case.kind == "inetd":
        with Inetd(prover.binary, users) as session:
            session.greeting()
            session.client.must(f"USER {NAME}")
            with Attached(session.pid, log, case.options()) as strace:
                heard = converse(session.client, case)
                status = session.end()
                trace = strace.finish()
            died = [f"the session ended by signal {-status}"] if status < 0 else []
            heard.wrong += (*died, *session.log.panics())
            return heard, trace
    with standalone(prover.binary, users) as server:
        activity = Activity(server.process)
        activity.await_clients(0)
        with Attached(server.pid, log, case.options()) as strace:
            heard = connect_and_converse(server, case)
            activity.await_clients(0)
            trace = strace.finish(0)
        heard.wrong += (*still_serves(server), *server.log.panics())
        return heard, trace


def connect_and_converse(server, case):
    try:
        client = server.connect().greeted()
        client.command(f"USER {NAME}")
    except Closed:
        return Heard()
    try:
        return converse(client, case)
    finally:
        client.close()


def converse(client, case):
    """PASS, RETR, DELE, QUIT, until something is refused or the connection closes."""
    heard = Heard()
    try:
        heard.login = client.command(f"PASS {PASSWORD}")
        if heard.login.startswith("+OK"):
            heard.wrong += read_first(client)
            for number in DELETIONS[case.what]:
                client.must(f"DELE {number}")
        quit_reply = client.command("QUIT")
        heard.quit = quit_reply if heard.login.startswith("+OK") else None
    except Closed:
        pass
    return heard


def read_first(client):
    """RETR may be refused or cut off, but not give other octets."""
    reply = client.command("RETR 1")
    if reply.startswith("+OK") and client.body() != sample().retrieved()[0]:
        return ("RETR gave other octets",)
    return ()


def still_serves(server):
    """What is wrong with the same server's next session."""
    try:
        with server.connect().greeted() as client:
            client.login(NAME, PASSWORD).retr_all()
    except Exception as failure:
        return [f"the server's next session: {failure}"]
    return []


def session_survives(prover, case):
    with prover.directory() as directory:
        original = prepare(prover, directory, case)
        heard, trace = session_traced(prover, directory, case)
        at_once = which(directory / "Users", case.maildrops())
        word, wrong = judge(prover.binary, directory / "Users", case.maildrops(), original)
        wrong += heard.wrong
        if "is as it was" in (heard.quit or "") and at_once != "before":
            wrong.append(f"QUIT answered {heard.quit}, and the maildrop was not")
        if TAMPERED not in trace:
            wrong.append("this call was not reached")
        if (heard.quit or "").startswith("+OK") and word == "before" and DELETIONS[case.what]:
            wrong.append("QUIT answered +OK and the messages are still there")
        if (heard.login or "-").startswith("-") and word == "after" and DELETIONS[case.what]:
            wrong.append("the login failed and messages are gone")
        return wrong


def wrong_answer(trace, status, log, refusing, done):
    """What is wrong with the answer of a command of which one call failed; `refusing`: the exit
    statuses with which it may refuse; `done`: whether its change is there."""
    wrong, said = log.panics(), log.text()[:200]
    if TAMPERED not in trace:
        wrong.append("this call was not reached")
    if status not in (0, *refusing):
        wrong.append(f"exit {status}: {said}")
    if done != (status == 0 or "not finished" in log.text()):
        wrong.append(f"it is {'done' if done else 'not done'}, exit {status}: {said}")
    return wrong


def delivery_survives(prover, case):
    with prover.directory() as directory:
        original = prepare(prover, directory, case)
        users, text = directory / "Users", TEXT[case.what]
        status, log = deliver(prover.binary, users, text, prefix(directory / "trace", case.options()))
        wrong = log.panics()
        if TAMPERED not in (directory / "trace").read_text("latin-1"):
            wrong.append("this call was not reached")
        if status != 0:
            wrong += [] if status in NOT_NOW else [f"exit {status}: {log.text()[:200]}"]
            again, log = deliver(prover.binary, users, text)
            wrong += [f"the retry: exit {again}: {log.text()[:200]}"] if again else []
        maildrops = case.maildrops()
        word, more = judge(prover.binary, users, maildrops, original)
        return [*wrong, *more, *(["not there"] if word == "before" else [])]
