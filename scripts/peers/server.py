"""What every server under measurement has: an address, users with maildrops, a beginning and an end."""

import os
import shutil
import signal
import socket
import subprocess
import time

from . import processes

PASSWORD = "secret"
START_SECONDS = 60
STOP_SECONDS = 10
HOUR = 3600


class Server:
    """A server in a scratch directory of its own; `start` makes `address` answer."""

    name = "server"
    # Whether each connection has a process of its own.
    starts_processes = True

    def __init__(self, base, port=0):
        self.base = base
        self.address = f"127.0.0.1:{port}"
        self.pid = None
        base.mkdir(parents=True, exist_ok=True)
        self.log = base / "log"

    def start(self):
        raise NotImplementedError

    def maildrop(self, user):
        """Where the mbox of this user lies."""
        raise NotImplementedError

    def owner(self, user):
        """The user and group ids that its maildrop must have."""
        return os.geteuid(), os.getegid()

    def first_line(self):
        """What stands in a maildrop before the first message."""
        return b""

    def put(self, user, mbox):
        """Give a user these messages; on disk when this returns, so that nobody pays for it later."""
        self.forget(user)
        path = self.maildrop(user)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(mbox, "rb") as source, open(path, "wb") as target:
            target.write(self.first_line())
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        os.chmod(path, 0o600)
        os.chown(path, *self.owner(user))
        # Servers are careful with a file that has just changed; this one is an hour old.
        os.utime(path, (time.time() - HOUR,) * 2)

    def append(self, user, octets):
        with open(self.maildrop(user), "ab") as maildrop:
            maildrop.write(octets)

    def forget(self, user):
        """Take away what the server remembers of a maildrop."""

    def delivery_agent(self, user):
        """The command that delivers the message on its standard input to this user."""
        raise NotImplementedError

    def inetd_command(self):
        """The command that serves one client on its standard input and output."""
        raise NotImplementedError

    def spawn(self, argv, **more):
        with open(self.log, "ab") as log:
            pipes = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **more}
            return subprocess.Popen([str(word) for word in argv], **pipes)

    def wait_for_greeting(self):
        until = time.monotonic() + START_SECONDS
        host, port = self.address.rsplit(":", 1)
        while time.monotonic() < until:
            try:
                with socket.create_connection((host, int(port)), timeout=START_SECONDS) as client:
                    if client.recv(512).startswith(b"+OK"):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise TimeoutError(f"{self.name} does not greet; its log is {self.log}")

    def stop(self):
        """End what was started, and nothing else."""
        if self.pid is None:
            return
        os.kill(self.pid, signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > until:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.01)
        self.pid = None

    def processor_seconds(self):
        return processes.processor_seconds(self.pid)

    def memory(self):
        return processes.memory(self.pid)
