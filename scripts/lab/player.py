"""Plays one exercise: types its lines to a server of its own, on a copy of Users.

The lines of an exercise are those that stand in the sheet:

    $ telnet 127.0.0.1 1110           a session begins; with nc, lines end in LF alone,
    $ sudo nc -p 1023 127.0.0.1 1110  and with -p it comes from that port, or the next
                                      lower one that is free
    user mrose                        typed in the session
    ^C                                telnet's interrupt
    telnet> quit                      the connection is closed
    $ anything else                   a command of the shell

Two terminals have `A: ` and `B: ` before their lines. DIGEST stands for what
md5sum makes of the greeting's timestamp and the password, OLD-DIGEST for the one
before. What came are the server's own transcripts, or what the shell has shown.
What differs from run to run is replaced by a word (`normal`).
"""

import os
import re
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from session import Session, Trouble

OPENS = re.compile(r"\$ (?:sudo )?(telnet|nc)(?: -p (\d+))? 127\.0\.0\.1 1110$")
SECONDS = 20  # until an answer, an end or a command; here they take milliseconds


class NotAllowed(Exception):
    """What whoever runs this may not do."""


def play(exercise, root, binary):
    """What came, as text."""
    with tempfile.TemporaryDirectory(prefix="pop1081-lab-") as place:
        place = Path(place)
        furnish(place, root, binary)
        with Server(place, binary, exercise.practice) as server:
            if any(shell_command(line) for line in exercise.lines):
                return normal(shell(exercise.lines, place, server.port), server.port)
            Terminals(server).type(exercise.lines)
            return normal(server.transcripts(), server.port)


def furnish(place, root, binary):
    """A directory in which the sheet's commands find what they name."""
    users = shutil.copytree(root / "Users", place / "mine", ignore=shutil.ignore_patterns(".pop1081"))
    for path in users.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    (place / "target/release").mkdir(parents=True)
    (place / "target/release/pop1081").symlink_to(binary)
    (place / "scripts").symlink_to(root / "scripts")
    (place / "report").mkdir()


class Server:
    """The server, started for one exercise."""

    def __init__(self, place, binary, practice):
        self.report = place / "report"
        argv = [binary, "--users", place / "mine", "--listen", "127.0.0.1:0", "--hostname", "dewey"]
        argv += ["--login-time", "0", "--transcript", self.report, "--log", place / "log"]
        argv += ["--practice"] * practice
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        readable = select.select([self.process.stdout], [], [], SECONDS)[0]
        said = self.process.stdout.readline() if readable else ""
        listening = re.match(r"listening on 127\.0\.0\.1:(\d+)$", said)
        if not listening:
            self.__exit__()
            raise Trouble(f"the server did not say where it listens, but {said!r}")
        self.port = int(listening.group(1))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(SECONDS)
        self.process.stdout.close()

    def files(self):
        """The transcripts in the order of their sessions: date, number, user."""
        return sorted(self.report.iterdir(), key=lambda path: re.search(r"-(\d{4,})", path.stem[19:]).group(1))

    def wait_for_ends(self, count):
        """Waits until so many sessions have ended: the end is the last line of a transcript."""
        until = time.monotonic() + SECONDS
        while sum(ended(path) for path in self.files()) < count:
            if time.monotonic() > until:
                raise Trouble(f"{count} sessions should have ended by now")
            time.sleep(0.002)

    def transcripts(self):
        return "\n".join(path.read_text() for path in self.files())


def ended(path):
    try:
        return re.search(r"^ *[\d.]+ == end", path.read_text(), re.M) is not None
    except FileNotFoundError:  # it was just named after its user
        return False


class Terminals:
    """The terminals at which the lines are typed."""

    def __init__(self, server):
        self.server, self.sessions, self.ended, self.digest = server, {}, 0, None

    def type(self, lines):
        for line in lines:
            terminal, typed = re.match(r"(?:([AB]): ?)?(.*)", line).groups()
            opens = OPENS.match(typed)
            if opens:
                self.open(terminal, *opens.groups())
            else:
                self.say(terminal, typed)
        if self.sessions:
            raise Trouble("a session was left open")

    def open(self, terminal, program, source_port):
        try:
            session = Session(self.server.port, int(source_port or 0), b"\n" if program == "nc" else b"\r\n")
        except PermissionError as e:
            raise NotAllowed(f"it needs the port {source_port}: {e}") from e
        self.sessions[terminal] = session

    def say(self, terminal, typed):
        session = self.sessions[terminal]
        if typed == "telnet> quit":
            session.close()
        elif typed == "^C":
            session.interrupt()
        else:
            session.command(self.filled_in(typed, session))
        if session.over:
            del self.sessions[terminal]
            self.ended += 1
            self.server.wait_for_ends(self.ended)

    def filled_in(self, typed, session):
        """A line with the digests that a student copies from another terminal."""
        if "OLD-DIGEST" in typed:
            return typed.replace("OLD-DIGEST", self.digest)
        if "DIGEST" in typed:
            secret = "printf %s \"$1\" | md5sum"
            self.digest = run(["bash", "-c", secret, "-", session.timestamp + "secret"]).split()[0]
        return typed.replace("DIGEST", self.digest or "")


def shell_command(line):
    return line.startswith("$ ") and not OPENS.match(line)


def shell(lines, place, port):
    """The commands, each with what it has shown."""
    shown = ""
    for line in lines:
        if not shell_command(line):
            raise Trouble(f"an exercise of the shell has a line that is none of its commands: {line}")
        argv = ["bash", "-o", "pipefail", "-c", line[2:].replace("1110", str(port))]
        shown += f"{line}\n{run(argv, place)}"
    return shown


def run(argv, place="/"):
    """What a command shows; if it fails, its status in the last line."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONDONTWRITEBYTECODE": "1"}
    out = subprocess.run(
        argv, cwd=place, env=environment, stdin=subprocess.DEVNULL, text=True, timeout=SECONDS,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )
    if out.returncode == 127:
        raise Trouble(f"a program is not installed: {out.stdout.strip()}")
    return out.stdout + (f"(exit status {out.returncode})\n" if out.returncode else "")


def normal(text, port):
    """The text without what is different every time."""
    text = re.sub(r"^ *\d+\.\d{3}(?= (?:C:|S:|==|  ))", "   0.000", text, flags=re.M)
    text = re.sub(r"<\d+\.\d+\.\d+@dewey>", "<TIMESTAMP@dewey>", text)
    source = lambda match: match[1] + ("1023" if int(match[2]) < 1024 else "PORT")
    text = re.sub(r"(with 127\.0\.0\.1:)(\d+)", source, text)
    text = re.sub(r"(dialogues? in )\d+\.\d s", r"\g<1>0.0 s", text)
    text = re.sub(r"on \d{4}-\d\d-\d\d at [\d:]+ UTC", "on DATE at TIME UTC", text)
    return text.replace(f":{port}", ":1110").replace(f" {port}", " 1110")
