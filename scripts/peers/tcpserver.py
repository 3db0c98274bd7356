"""tcpserver (ucspi-tcp): starts a program for each connection, with the connection as its standard input
and output."""

from . import install
from .server import Server


class Tcpserver(Server):
    name = "tcpserver"

    def __init__(self, base, command, port=1115):
        """`command`: what is started for each connection."""
        super().__init__(base, port)
        self.command = command

    def start(self):
        host, port = self.address.rsplit(":", 1)
        quiet = ["-RHDl0", "-c", "400", "-b", "1024"]
        self.pid = self.spawn([install.tcpserver(), *quiet, host, port, *self.command]).pid
        self.wait_for_greeting()
