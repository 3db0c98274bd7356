"""A client that keeps every octet it gets, and what exactly those octets must be."""

import re
import socket
import ssl
import time

import maildrops
from fixture import CLIENT_SECONDS, HOSTNAME, Failure

TWO = maildrops.ALL["mrose"].messages[1].octets
GREETING = re.compile(rb"\+OK dewey POP3 server ready <[^<>\s]+@dewey>\r\n")
LOGIN = [
    (b"USER mrose", b"+OK mrose is a real hoopy frood\r\n"),
    (b"PASS secret", b"+OK mrose's maildrop has 2 messages (320 octets)\r\n"),
]
SESSION = LOGIN + [
    (b"RETR 2", b"+OK 200 octets\r\n" + TWO + b".\r\n"),
    (b"NOOP", b"+OK\r\n"),
    (b"QUIT", f"+OK {HOSTNAME} POP3 server signing off (2 messages left)\r\n".encode()),
]


class Tcp:
    """A TCP connection; `peer` is how a log names it, as a pattern."""

    line_end = b"\r\n"
    greeting = None  # if it has come already

    def __init__(self, port, prelude=None, tls=False, address="127.0.0.1"):
        self.socket = socket.create_connection((address, port), CLIENT_SECONDS)
        self.peer = re.escape("%s:%d" % self.socket.getsockname())
        if prelude:
            prelude(self)
        if tls:
            self.start_tls()

    def start_tls(self):
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        self.socket = trusting.wrap_socket(self.socket)

    def send(self, octets):
        self.socket.sendall(octets)

    def receive(self):
        """The next octets; none at the end, however the server makes it."""
        try:
            return self.socket.recv(65536)
        except (ConnectionResetError, ssl.SSLEOFError):
            return b""
        except TimeoutError:
            raise Failure(f"no answer within {CLIENT_SECONDS} s") from None

    def close(self):
        self.socket.close()


def converse(connection, dialogue):
    """Say each command once the reply to the one before is whole; fail unless all that came, to the end, is the replies."""
    try:
        greeting = connection.greeting or listen(connection, lambda got: b"\n" in got)
        if not GREETING.fullmatch(greeting):
            raise Failure(f"greeted with {greeting!r}")
        for command, reply in dialogue:
            connection.send(command + connection.line_end)
            got = listen(connection, lambda got, wanted=len(reply): len(got) >= wanted > 0)
            if got != reply:
                raise Failure(f"after {command!r} came {got!r}, not {reply!r}")
        rest = listen(connection, lambda got: False)
        if rest:
            raise Failure(f"{len(rest)} stray octets at the end: {rest!r}")
    finally:
        connection.close()


def listen(connection, enough):
    got, limit = b"", time.monotonic() + CLIENT_SECONDS
    while not enough(got) and time.monotonic() < limit:
        octets = connection.receive()
        if not octets:
            break
        got += octets
    return got
