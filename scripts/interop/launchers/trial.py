"""The trial of a launcher: two rounds with the configuration that is shipped, and a row of the table."""

import os
import pwd
import re
import shutil
import signal
from pathlib import Path

import maildrops
from fixture import HOSTNAME, Failure, end
from clients.inetd import ATTEMPTS, comes_to_listen
from launchers.raw import SESSION, Tcp, converse
from lib.ports import free_port

SHIPPED = Path(__file__).parents[2] / "launch"
ORDINARY = "nobody"
ROWS = [("launcher", "runs as", "standard error", "session", "peer in the log", "stray octets")]
WRAPPER = """#!/bin/sh
# The program as launched, talking as much as it can; notes first where its standard error leads.
if [ /proc/self/fd/2 -ef /proc/self/fd/0 ] || [ /proc/self/fd/2 -ef /proc/self/fd/1 ]; then
    where="the client's"
else
    where=apart
fi
echo "$$:$(id -un):$where" >>{notes}
export RUST_LOG=trace RUST_BACKTRACE=full
{first}
exec {binary} "$@" --hostname {hostname} {options}
"""


class Launch:
    """One round: a program to launch, the Users that it serves, and a log, all of an ordinary user's."""

    def __init__(self, fixture, directory, log=False, options="", first=""):
        self.fixture = fixture
        self.directory = fixture.work / directory
        self.directory.mkdir()
        self.users, self.notes = self.directory / "Users", self.directory / "notes"
        shutil.copytree(fixture.users, self.users)
        self.log = self.directory / "log" if log else None
        self.said = self.directory / "said"  # by the launcher
        self.program = self.directory / "pop1081"
        binary = shutil.copy(fixture.binary, self.directory / "binary")
        values = dict(notes=self.notes, binary=binary, hostname=HOSTNAME, options=options, first=first)
        self.program.write_text(WRAPPER.format(**values))
        self.program.chmod(0o755)
        self.port = None

    def config(self, name, **more):
        """A shipped file with the places of this trial in it; every one of `more` must occur, too."""
        text = (SHIPPED / name).read_text()
        log = f" --log {self.log}" if self.log else ""
        text = text.replace(" --log /var/lib/pop1081/log", log)
        text = text.replace("/usr/local/bin/pop1081", str(self.program))
        text = text.replace("/var/lib/pop1081/Users", str(self.users))
        for old, new in more.items():
            if old not in text:
                raise Failure(f"scripts/launch/{name} does not say `{old}` any more")
            text = text.replace(old, str(new))
        path = self.directory / Path(name).name
        path.write_text(text)
        return path

    def start(self, argv, ordinary=True):
        """Start a launcher that comes to listen on `port`; `argv` makes its command line, for a new port each time."""
        for _ in range(ATTEMPTS):
            self.port = free_port()
            command = [*map(str, argv(self))]
            own(self.directory)
            with open(self.said, "ab") as said:
                whole = (as_ordinary() if ordinary else []) + command
                child = self.fixture.spawn(whole, stdout=said, stderr=said)
            if comes_to_listen(child, self.port):
                return child
            end(child)
            self.fixture.children.remove(child)
        raise Failure(f"{command} did not come to listen:\n{self.said.read_text()}")

    def shipped_script(self, name, **variables):
        """The command line of one of the shipped scripts, which may lie where nobody else may go."""
        values = dict(PROGRAM=self.program, USERS=self.users, PORT=self.port, **variables)
        script = shutil.copy(SHIPPED / name, self.directory)
        return ["env", *(f"{name}={value}" for name, value in values.items()), script]

    def noted(self):
        """Of every launched server: process, user, and where its standard error led."""
        return [line.split(":") for line in self.notes.read_text().splitlines()] if self.notes.exists() else []

    def everything_logged(self):
        files = [self.said, self.log] if self.log else [self.said]
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    def end_servers(self):
        """End what is still running of what was launched; the fixture ends what it has started itself."""
        of_fixture = {child.pid for child in self.fixture.children}
        for pid in {int(pid) for pid, _, _ in self.noted()} - of_fixture:
            try:
                if os.readlink(f"/proc/{pid}/exe") == str(self.directory / "binary"):
                    os.kill(pid, signal.SIGKILL)
            except OSError:
                continue  # has ended


def as_ordinary():
    """What to put before a command so that it runs as an ordinary user."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid", ORDINARY, "--regid", "nogroup", "--clear-groups", "--"]


def own(directory):
    """Give all of it to the ordinary user."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(ORDINARY)
        for path in [directory, *directory.rglob("*")]:
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def user_name():
    return ORDINARY if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name


def trial(fixture, name, start, connect=lambda launch: Tcp(launch.port), known_by="socket"):
    """Start the launcher for each round, hold a session, and judge octets and log; adds the row.

    `known_by` is what tells who the client is: the name of a variable, `socket`, `terminal`, or None if nothing does.
    """
    reachable(fixture)
    talking = Launch(fixture, "talking", log=True)
    mute = Launch(fixture, "mute")
    try:
        start(talking)
        connection = connect(talking)
        converse(connection, SESSION)
        start(mute)
        converse(connect(mute), SESSION)
        peer = logged_peer(talking, connection.peer, known_by)
        no_passwords(talking, mute)
        _, user, where = mute.noted()[0]
        ROWS.append((name, user, where, "ok", peer, "0"))
    finally:
        for launch in (talking, mute):
            launch.end_servers()


def reachable(fixture):
    """Let an ordinary user into the directory of the case."""
    for directory in (fixture.work, fixture.work.parent):
        directory.chmod(0o711)


def logged_peer(launch, peer, known_by):
    """What the log says of the client; fails unless it is right."""
    shown = peer if known_by else r"127\.0\.0\.1:\d+"
    if known_by and known_by.isupper():
        shown += rf" \({known_by}\)"
    log = launch.everything_logged()
    if not re.search(f"mrose from {shown}: logged in, 2 messages", log):
        raise Failure(f"the log does not name {shown}:\n{log[-3000:]}")
    return f"right, by {known_by}" if known_by else "only the launcher"


def no_passwords(*launches):
    for launch in launches:
        if maildrops.PASSWORD in launch.everything_logged():
            raise Failure("the log, at its loudest, shows the password")


def print_rows():
    """The table of launchers, if there were any."""
    widths = [max(len(row[column]) for row in ROWS) for column in range(len(ROWS[0]))]
    if len(ROWS) > 1:
        for row in ROWS:
            print(" | ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        print()
