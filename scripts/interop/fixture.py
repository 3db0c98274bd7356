"""What each case is given: a private Users directory, a server of its own, the recorder, a home for the client."""

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import maildrops
from lib.server import announced_port
from proxy import Proxy

CLIENT_SECONDS = 120  # here a client takes one or two
HOSTNAME = "dewey"


class Failure(Exception):
    """A client did not get what it must get."""


class NotPlayed(Exception):
    """The case needs a right that this process does not have; it counts neither as passed nor as failed."""


class Fixture:
    """Everything of one case, made in `work` and ended afterwards, whatever happens."""

    def __init__(self, binary, work):
        self.binary = binary
        self.work = Path(tempfile.mkdtemp(dir=work))
        self.users = self.work / "Users"
        self.home = self.work / "home"
        self.server_log = self.work / "server.log"
        self.children = []
        self.proxies = []
        self.unrecorded = []  # transcripts of sessions that went past the recorder
        self.port = None

    def __enter__(self):
        self.home.mkdir(mode=0o700)
        self.users.mkdir(mode=0o700)
        for name, maildrop in maildrops.ALL.items():
            self.put_user(name, maildrop.on_disk())
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            end(child)
        for proxy in self.proxies:
            proxy.close()

    def put_user(self, name, octets):
        path = self.users / name
        path.write_bytes(octets)
        path.chmod(0o600)

    def deliver(self, name, piece):
        """Append a message, as written on disk, between two sessions."""
        with open(self.users / name, "ab") as maildrop:
            maildrop.write(piece)

    def serve(self):
        """Start the standalone server with the recorder before it; `port` is where clients connect."""
        argv = [self.binary, "--users", self.users, "--listen", "127.0.0.1:0", "--hostname", HOSTNAME]
        with open(self.server_log, "wb") as log:
            server = self.spawn(argv, stdout=subprocess.PIPE, stderr=log)
        self.record(announced_port(server.stdout))

    def record(self, upstream_port):
        proxy = Proxy(("127.0.0.1", upstream_port))
        self.proxies.append(proxy)
        self.port = proxy.port

    def spawn(self, argv, **pipes):
        """Start a process that lives as long as the case."""
        pipes.setdefault("stdin", subprocess.DEVNULL)
        child = subprocess.Popen(argv, env=self.environment(), start_new_session=True, bufsize=0, **pipes)
        self.children.append(child)
        return child

    def run(self, *argv, stdin=b"", codes=(0,)):
        """Run a client to its end and return its standard output; another exit code than `codes` fails the case."""
        child = subprocess.Popen(
            argv,
            env=self.environment(),
            cwd=self.home,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            out, err = child.communicate(stdin, timeout=CLIENT_SECONDS)
        except subprocess.TimeoutExpired:
            end(child)
            raise Failure(f"{argv[0]} had not ended after {CLIENT_SECONDS} s") from None
        if child.returncode not in codes:
            said = (out + err).decode("utf-8", "backslashreplace")[-2000:]
            raise Failure(f"{argv[0]} ended with {child.returncode}, not {codes}\n{said}")
        return out

    def environment(self):
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"  # inetd is there, for ordinary users, too
        return {"HOME": str(self.home), "PATH": path, "LC_ALL": "C.UTF-8", "TERM": "vt100", "RUST_LOG": "trace"}

    def write(self, name, text, mode=0o600):
        """A file in the client's home, such as its configuration."""
        path = self.home / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def on_disk(self, name):
        return (self.users / name).read_bytes()

    def transcripts(self):
        return [transcript for proxy in self.proxies for transcript in proxy.transcripts] + self.unrecorded

    def finish(self):
        """Wait for the sessions to end; then the server must be well, and its log without passwords."""
        for proxy in self.proxies:
            proxy.finish()
        for child in self.children:
            if child.poll() is not None:
                raise Failure(f"{child.args[0]} ended in the middle, with {child.returncode}")
        log = self.server_log.read_bytes() if self.server_log.exists() else b""
        for word in (b"panicked", maildrops.PASSWORD.encode()):
            if word in log:
                raise Failure(f"the server's log, at its loudest, says `{word.decode()}`")


def end(child):
    """End a process that this case started, with whatever it started itself."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe:
            pipe.close()
