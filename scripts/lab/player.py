"""Plays a page in one go: types its lines from the first to the last, in a directory
and to servers that stay the same all the way.

The lines of an exercise are those that stand in the page:

    $ target/release/pop1081 ... --listen HOST:1110
                                      a server is started, and runs to the page's end
    $ telnet 127.0.0.1 1110           a session begins; with nc, lines end in LF alone,
    $ sudo nc -p 1023 127.0.0.1 1110  and with -p it comes from that port, or the next
                                      lower one that is free
    user mrose                        typed in the session
    ^C                                telnet's interrupt
    telnet> quit                      the connection is closed
    $ anything else                   a command of the shell

Two terminals have `A: ` and `B: ` before their lines. DIGEST stands for what
md5sum makes of the greeting's timestamp and the password, OLD-DIGEST for the one
before. What came is what the shell has shown, and the servers' own transcripts.
What differs from run to run is replaced by a word (`normal`).
"""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from lib.ports import free_port
from server import Server
from session import Session, Trouble

STARTS = re.compile(r"\$ (target/release/pop1081 .*--listen) \S+:(\d+)(.*)$")
OPENS = re.compile(r"\$ (?:sudo )?(telnet|nc)(?: -p (\d+))? 127\.0\.0\.1 (\d+)$")
PORT = re.compile(r"\b(11[12]\d|1995)\b")  # as they stand in the pages
CLASS = "1111"  # the port of the class's server
SECONDS = 180  # for a command of the shell


class NotAllowed(Exception):
    """What whoever runs this may not do."""


class Place:
    """A directory in which a page's commands find what they name, and the servers in it."""

    def __init__(self, root, binary):
        self.directory = Path(tempfile.mkdtemp(prefix="pop1081-lab-"))
        self.servers, self.ports = {}, {}
        shutil.copytree(root / "Users", self.directory / "Users", ignore=shutil.ignore_patterns(".pop1081"))
        (self.directory / "target/release").mkdir(parents=True)
        (self.directory / "target/release/pop1081").symlink_to(binary)
        (self.directory / "scripts").symlink_to(root / "scripts")
        (self.directory / "src").symlink_to(root / "src")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.stop()
        for pid in self.directory.glob("*.pid"):  # daemons that an exercise has not ended itself
            subprocess.run(["kill", pid.read_text().strip()], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.directory)

    def play(self, exercise):
        """What came, as text."""
        came = self.played(exercise)
        if exercise.is_("anywhere"):
            here, there = only_said(came), only_said(self.played(exercise, {"1110": CLASS}))
            if here != there:
                raise Trouble(f"the class's server says something else:\n{there}")
        return came

    def played(self, exercise, instead=None):
        before = {port: len(server.files()) for port, server in self.servers.items()}
        shown = Terminals(self, instead or {}).type(exercise.lines)
        said = [server.transcripts(before.get(port, 0)) for port, server in self.servers.items()]
        parts = [*([] if exercise.is_("report") else [shown]), *said]
        return self.normal("\n".join(part for part in parts if part))

    def start(self, argv, port):
        self.servers[port] = Server(argv, self.directory)
        self.ports[port] = self.servers[port].port

    def port(self, written):
        """The port that stands for one that is written in a page."""
        if written not in self.ports:
            self.ports[written] = free_port()
        return self.ports[written]

    def shell(self, command):
        """A command of the shell, with what it has shown."""
        real = PORT.sub(lambda port: str(self.port(port[0])), command)
        if real.startswith("mutt "):  # it needs a terminal, and somebody who presses keys
            real = "script -qec " + shlex.quote(real + " -e 'push <enter>qq'") + " /dev/null"
        return f"$ {command}\n{run(['bash', '-o', 'pipefail', '-c', real], self.directory)}"

    def normal(self, text):
        """The text without what is different every time."""
        text = re.sub(r"^ *\d+\.\d{3}(?= (?:C:|S:|==|  ))", "   0.000", text, flags=re.M)
        text = re.sub(r"<\d+\.\d+\.\d+@dewey>", "<TIMESTAMP@dewey>", text)
        source = lambda match: match[1] + ("1023" if int(match[2]) < 1024 else "PORT")
        text = re.sub(r"(with 127\.0\.0\.1:)(\d+)", source, text)
        text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d(?=-\d{4})", "DATE", text)
        text = re.sub(r"(sessions? in )\d+:\d\d:\d\d", r"\g<1>0:00:00", text)
        text = re.sub(r"(dialogues? in )\d+\.\d s", r"\g<1>0.0 s", text)
        text = re.sub(r"on \d{4}-\d\d-\d\d at [\d:]+ UTC", "on DATE at TIME UTC", text)
        text = re.sub(r"^\[\S+Z (?=INFO)", "[DATE ", text, flags=re.M)
        text = text.replace(str(self.directory), "/home/you/pop1081")
        text = re.sub(r"IMPLEMENTATION pop1081-\S+", "IMPLEMENTATION pop1081-VERSION", text)
        for written, real in self.ports.items():
            text = re.sub(rf"(?<=[: ]){real}\b", written, text)
        return text


def only_said(text):
    return [line for line in text.splitlines() if " == " not in line]


class Terminals:
    """The terminals at which the lines are typed; `instead` has the ports to use for others."""

    def __init__(self, place, instead):
        self.place, self.instead = place, instead
        self.sessions, self.digest = {}, None

    def type(self, lines):
        """Types the lines; gives what the shell has shown."""
        shown = ""
        for line in lines:
            terminal, typed = re.match(r"(?:([AB]): ?)?(.*)", line).groups()
            starts, opens = STARTS.match(typed), OPENS.match(typed)
            if starts:
                self.place.start(starts[1] + " 127.0.0.1:0" + starts[3], starts[2])
            elif opens:
                self.open(terminal, *opens.groups())
            elif typed.startswith("$ "):
                shown += self.place.shell(typed[2:])
            else:
                self.say(terminal, typed)
        if self.sessions:
            raise Trouble("a session was left open")
        for server in self.place.servers.values():
            server.wait_for_ends()
        return shown

    def open(self, terminal, program, source_port, port):
        server = self.place.servers[self.instead.get(port, port)]
        try:
            session = Session(server.port, int(source_port or 0), b"\n" if program == "nc" else b"\r\n")
        except PermissionError as e:
            raise NotAllowed(f"it needs the port {source_port}: {e}") from e
        self.sessions[terminal] = session, server

    def say(self, terminal, typed):
        if terminal not in self.sessions:
            raise Trouble(f"nobody is there to read {typed!r}")
        session, server = self.sessions[terminal]
        if typed == "telnet> quit":
            session.close()
        elif typed == "^C":
            session.interrupt()
        else:
            session.command(self.filled_in(typed, session))
        if session.over:
            del self.sessions[terminal]
            server.wait_for_ends(still_open=sum(other is server for _, other in self.sessions.values()))

    def filled_in(self, typed, session):
        """A line with the digests that a student copies from another terminal."""
        if "OLD-DIGEST" in typed:
            return typed.replace("OLD-DIGEST", self.digest)
        if "DIGEST" in typed:
            secret = "printf %s \"$1\" | md5sum"
            self.digest = run(["bash", "-c", secret, "-", session.timestamp + "secret"]).split()[0]
        return typed.replace("DIGEST", self.digest or "")


def run(argv, place="/"):
    """What a command shows; if it fails, its status in the last line."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(place), "TERM": "xterm"}
    out = subprocess.run(
        argv, cwd=place, env=environment, stdin=subprocess.DEVNULL, text=True, timeout=SECONDS,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )
    if out.returncode == 127:
        raise Trouble(f"a program is not installed: {out.stdout.strip()}")
    return out.stdout + (f"(exit status {out.returncode})\n" if out.returncode else "")
