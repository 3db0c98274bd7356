"""A client's side of one session, as a person at a terminal has it: a line is
typed when the answer to the one before has come."""

import errno
import re
import socket

SECONDS = 60  # until an answer; the longest one here takes one
INTERRUPT = b"\xff\xf4\xff\xfd\x06"  # IAC IP, IAC DO TIMING-MARK: what telnet sends on Ctrl-C
DECLINED = b"\xff\xfc\x06"  # IAC WONT TIMING-MARK
MULTI_LINE = re.compile(r"(RETR .*|TOP .*|LIST|UIDL|CAPA)$", re.I)


class Trouble(Exception):
    """Why an exercise can't be played."""


def connected(port, source_port):
    """A connection from this port of ours, or from a lower one if it is taken; 0: from any."""
    for source in range(source_port, max(source_port - 20, -1), -1):
        try:
            return socket.create_connection(("127.0.0.1", port), SECONDS, ("127.0.0.1", source))
        except OSError as e:
            if e.errno not in (errno.EADDRINUSE, errno.EADDRNOTAVAIL):
                raise
    raise Trouble(f"no port is free from {source_port} downwards")


class Session:
    """An open connection, greeted."""

    def __init__(self, port, source_port, line_end):
        self.line_end = line_end
        self.socket = connected(port, source_port)
        self.came = self.socket.makefile("rb")
        self.over = False
        self.timestamp = re.search(r"<.*>", self.line())[0]

    def line(self):
        line = self.came.readline()
        if not line.endswith(b"\r\n"):
            raise Trouble(f"the server broke off after {line!r}")
        return line[:-2].decode("latin-1")

    def command(self, typed):
        """Types a line and waits for the whole answer."""
        self.socket.sendall(typed.encode() + self.line_end)
        granted = self.line().startswith("+OK")
        if granted and MULTI_LINE.match(typed):
            while self.line() != ".":
                pass
        if typed.upper() == "QUIT":
            if self.came.read():
                raise Trouble("something came after the goodbye")
            self.close()

    def interrupt(self):
        self.socket.sendall(INTERRUPT)
        answer = self.came.read(len(DECLINED))
        if answer != DECLINED:
            raise Trouble(f"Ctrl-C was answered with {answer!r}")

    def close(self):
        self.came.close()
        self.socket.close()
        self.over = True
