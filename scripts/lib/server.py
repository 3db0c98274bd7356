"""Starts the server under load and looks at what it takes: memory, threads, descriptors, time."""

import os
import resource
import subprocess
import time
from pathlib import Path

from .pop import Client

TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A server that listens on a loopback port that it picked itself."""

    def __init__(self, bench, users, *options, prefix=(), limits=(), environment=(), user=None):
        self.users = Path(users)
        self.log = self.users.parent / f"log.{os.urandom(4).hex()}"
        command = [*prefix, bench.binary, "--users", str(users), "--hostname", "dewey"]
        command += ["--listen", "127.0.0.1:0", *options]
        if "--login-delay" not in options:
            command += ["--login-delay", "0"]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "RUST_LOG": "info", **dict(environment)},
                user=user,
                extra_groups=None if user is None else [],
                preexec_fn=lambda: [resource.setrlimit(*limit) for limit in limits],
            )
        announced = self.process.stdout.readline().decode().split()
        if not announced:
            raise RuntimeError(f"the server did not start: {self.said()}")
        host, port = announced[-1].rsplit(":", 1)
        self.address = (host, int(port))
        self.pid = self.process.pid if not prefix else grandchild(self.process.pid)

    def connect(self):
        return Client(self.address)

    def said(self):
        return self.log.read_text("latin-1")

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
        """Processor time used while this one looks on."""
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


def grandchild(pid):
    """The server's process under the tools that have started it."""
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
