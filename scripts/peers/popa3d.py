"""popa3d, started for each connection by inetd. Users and the mail directory are compiled into it.

Its own standalone mode forks as often, but accepts no more than 50 connections from one address in ten
seconds, ended ones too: no load can be put on it.
"""

import os

from . import apart
from .inetd import InetdServer


class Popa3d(InetdServer):
    """Among the accounts must be a user `popa3d`."""

    name = "popa3d"

    def __init__(self, base, programs, accounts, port=1112):
        super().__init__(base, programs, accounts, port)

    def start(self):
        apart.cover("/var/mail", self.mail)
        apart.cover_with_memory("/var/lib")
        os.mkdir("/var/lib/popa3d", 0o755)
        super().start()

    def inetd_command(self):
        return [self.program]
