"""Kills `user add` at every call: it leaves nobody, somebody without a password, or a user."""

from support import passwords
from support.compare import inode
from support.inject import KILLED, points, prefix
from support.maildrop import NAME, Maildrop, letter
from support.programs import account, deliver

LATER = letter(b"later")


def run(prover):
    """One line of the table."""
    yield prover.prove("kill at every call of user add", added, calls_of_add(prover))


def calls_of_add(prover):
    with prover.directory() as directory:
        (directory / "Users").mkdir()
        status, log = account(prover.binary, directory / "Users", ("add",), b"new", prefix(directory / "trace"))
        if status != 0:
            raise RuntimeError(f"undisturbed, it ended with {status}: {log.text()}")
        return points((directory / "trace").read_text("latin-1"))


def added(prover, point):
    """Whatever was left, a second try with `add` or `passwd` makes the user."""
    with prover.directory() as directory:
        users = directory / "Users"
        users.mkdir()
        account(prover.binary, users, ("add",), b"new", prefix(directory / "trace", point.kill()))
        wrong = [] if KILLED in (directory / "trace").read_text("latin-1") else ["this call was not reached"]
        task = ("passwd",) if (users / NAME).exists() else ("add",)
        status, log = account(prover.binary, users, task, b"new")
        if status != 0:
            return [*wrong, f"{task} then gave {status}: {log.text()[:200]}"]
        deliver(prover.binary, users, LATER)
        allowed = {"user": Maildrop(b"new\n", ()).with_delivery(LATER)}
        _, more = passwords.judge(prover.binary, users, allowed, inode(users))
        return wrong + more
