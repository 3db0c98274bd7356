"""pop1081 itself, standalone."""

import os
import re
import select
import subprocess

from .server import PASSWORD, START_SECONDS, Server


class Announcing(Server):
    """A server that picks its port and says so on standard output."""

    def start_announcing(self, argv):
        process = self.spawn(argv, stdout=subprocess.PIPE)
        self.pid = process.pid
        readable = select.select([process.stdout], [], [], START_SECONDS)[0]
        said = process.stdout.readline().decode("ascii") if readable else ""
        announced = re.match(r"listening on (\S+)$", said)
        if not announced:
            raise TimeoutError(f"{self.name} did not say where it listens; its log is {self.log}")
        self.address = announced.group(1)
        process.stdout.close()


class Pop1081(Announcing):
    starts_processes = False

    def __init__(self, base, binary, name="pop1081"):
        super().__init__(base)
        self.name = name
        self.binary = binary
        self.users = base / "Users"
        self.users.mkdir(mode=0o700, exist_ok=True)

    def start(self):
        argv = [self.binary, "--users", self.users, "--listen", "127.0.0.1:0"]
        self.start_announcing([*argv, "--max-sessions", "0", "--log", self.log])
        self.wait_for_greeting()

    def delivery_agent(self, user):
        return [self.binary, "deliver", "--users", self.users, "--log", self.log, user]

    def inetd_command(self):
        return [self.binary, "inetd", "--users", self.users, "--log", self.log]

    def maildrop(self, user):
        return self.users / user

    def first_line(self):
        return PASSWORD.encode() + b"\n"

    def forget(self, user):
        try:
            os.unlink(self.users / ".pop1081" / f"{user}.state")
        except FileNotFoundError:
            pass
