"""popa3d, started for each connection by inetd. Users and the mail directory are compiled into it.

Its own standalone mode forks as often, but accepts no more than 50 connections from one address in ten
seconds, ended ones too: no load can be put on it.
"""

import os

from . import apart
from .server import Server

INETD = "127.0.0.1:{port} stream tcp nowait.10000000 root {program} popa3d\n"


class Popa3d(Server):
    name = "popa3d"

    def __init__(self, base, programs, accounts, port=1112):
        """`programs`: inetd and popa3d."""
        super().__init__(base, port)
        self.inetd, self.program = programs
        self.accounts = accounts
        self.mail = base / "mail"
        self.mail.mkdir(exist_ok=True)
        self.configuration = base / "inetd.conf"
        self.configuration.write_text(INETD.format(port=port, program=self.program), encoding="ascii")

    def start(self):
        """`accounts` must have been made, with a user `popa3d` among them."""
        apart.cover("/var/mail", self.mail)
        apart.cover_with_memory("/var/lib")
        os.mkdir("/var/lib/popa3d", 0o755)
        # No limit of connections per minute, a queue as long as the others'.
        self.pid = self.spawn([self.inetd, "-i", "-R", "0", "-q", "1024", self.configuration]).pid
        self.wait_for_greeting()

    def inetd_command(self):
        return [self.program]

    def maildrop(self, user):
        return self.mail / user

    def owner(self, user):
        return (self.accounts.ids[user],) * 2
