"""Starts a standalone server and reads what it uses: memory, threads, descriptors, processor time."""

import os
import re
import resource
import select
import subprocess
import time
from pathlib import Path

from .pop import Client

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60
LISTENING = re.compile(rb"listening on 127\.0\.0\.1:(\d+)\n")


class Server:
    """A server that listens on a loopback port that it picked itself."""

    def __init__(self, binary, users, *options, prefix=(), limits=(), environment=(), user=None):
        self.users = Path(users)
        self.log = Log(users)
        command = [*prefix, binary, "--users", str(users), "--hostname", "dewey"]
        command += ["--listen", "127.0.0.1:0", *options]
        if "--login-delay" not in options:
            command += ["--login-delay", "0"]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log.file,
            env={**os.environ, "RUST_LOG": "info", **dict(environment)},
            user=user,
            extra_groups=None if user is None else [],
            preexec_fn=lambda: [resource.setrlimit(*limit) for limit in limits],
            bufsize=0,
        )
        try:
            self.address = ("127.0.0.1", announced_port(self.process.stdout))
        except NotStarted as failure:
            self.process.kill()
            raise NotStarted(f"{failure}; its log: {self.log.text()}") from failure
        self.pid = self.process.pid if not prefix else grandchild(self.process.pid)

    def connect(self):
        return Client.connect(self.address)

    def memory(self):
        """Resident memory in MB."""
        return int(self._status()["VmRSS"].split()[0]) / 1024

    def threads(self):
        return int(self._status()["Threads"])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def seconds(self):
        """Processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def seconds_in(self, duration):
        """Processor time used in so many seconds from now."""
        before = self.seconds()
        time.sleep(duration)
        return self.seconds() - before

    def limit(self, kind, number):
        _, most = resource.prlimit(self.pid, kind)
        resource.prlimit(self.pid, kind, (number, most))

    def _status(self):
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid != self.process.pid and Path(f"/proc/{self.pid}").exists():
            os.kill(self.pid, 9)
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Log:
    """What a process writes on standard error, in a file beside the Users directory."""

    def __init__(self, users):
        self.path = Path(users).parent / f"log.{os.urandom(4).hex()}"
        self.file = open(self.path, "wb+")

    def text(self):
        return self.path.read_text("latin-1")

    def panics(self):
        text = self.text()
        return [f"panic: {text[:400]}"] if "panicked" in text else []


class NotStarted(Exception):
    """A server did not announce its port."""


def announced_port(pipe, pattern=LISTENING):
    """Wait for the line in which a server announces its port."""
    said = b""
    while select.select([pipe], [], [], START_SECONDS)[0]:
        line = pipe.readline()
        announced = pattern.search(line)
        if announced:
            return int(announced.group(1))
        if not line:
            break
        said += line
    raise NotStarted(f"the server did not announce its port, but wrote {said!r}")


def grandchild(pid):
    """The server's process below the tools that have started it."""
    while True:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children:
            return pid
        pid = int(children[0])


def wait_until(condition, seconds=30.0, pause=0.02):
    """Whether it has come true in that time, and how long that took."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > seconds:
            return False, time.monotonic() - started
        time.sleep(pause)
    return True, time.monotonic() - started
