"""A POP3 client as small as the scripts need it; every wait has an end."""

import socket
import struct

WAIT = 30.0
RESET = struct.pack("ii", 1, 0)  # linger for no time: closing breaks the connection off


class Closed(Exception):
    """The server closed the connection, or does not answer any more."""


class Refused(Exception):
    """A command that had to succeed was answered -ERR."""


class Client:
    def __init__(self, sock):
        sock.settimeout(WAIT)
        self.sock = sock
        self.pending = b""

    @classmethod
    def connect(cls, address):
        sock = socket.create_connection(address, timeout=WAIT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(sock)

    def send(self, *lines):
        """Send lines at once; a closed connection shows when a reply is read."""
        try:
            self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode("latin-1"))
        except OSError:
            pass

    def line(self):
        while b"\n" not in self.pending:
            self._read()
        line, self.pending = self.pending.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def _read(self):
        try:
            octets = self.sock.recv(1 << 18)
        except socket.timeout as late:
            raise Closed("no answer") from late
        except OSError as broken:
            raise Closed(str(broken)) from broken
        if not octets:
            raise Closed("connection closed")
        self.pending += octets

    def greeted(self):
        line = self.line()
        if not line.startswith("+OK dewey"):
            raise Closed(line)
        return self

    def command(self, line):
        self.send(line)
        return self.line()

    def must(self, line):
        """A command that has to succeed."""
        reply = self.command(line)
        if not reply.startswith("+OK"):
            raise Refused(f"{line.split()[0]}: {reply}")
        return reply

    def try_login(self, name, password):
        """USER and PASS at once; the reply to PASS."""
        self.send(f"USER {name}", f"PASS {password}")
        reply = self.line()
        if not reply.startswith("+OK"):
            raise Refused(f"USER: {reply}")
        return self.line()

    def login(self, name, password):
        reply = self.try_login(name, password)
        if not reply.startswith("+OK"):
            raise Refused(f"PASS: {reply}")
        return self

    def body(self):
        """The octets of a multi-line reply after its first line, stuffing taken off."""
        text = bytearray(b"\r\n")
        searched = 0
        while (end := text.find(b"\r\n.\r\n", searched)) < 0:
            searched = max(0, len(text) - 4)
            if not self.pending:
                self._read()
            text += self.pending
            self.pending = b""
        self.pending = bytes(text[end + 5 :])
        return bytes(text[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]

    def retr(self, number):
        self.must(f"RETR {number}")
        return self.body()

    def retr_all(self):
        return [self.retr(number) for number in range(1, self.count() + 1)]

    def count(self):
        """How many messages STAT announces."""
        return int(self.must("STAT").split()[1])

    def unique_ids(self):
        """Of all messages, in the order of their numbers."""
        self.must("UIDL")
        return [line.split()[1] for line in self.body().decode().splitlines()]

    def until_closed(self):
        """Read up to the end of the connection."""
        try:
            while self.sock.recv(1 << 16):
                pass
        except ConnectionError:
            pass

    def shut_down(self):
        """Send nothing more."""
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.sock.close()

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
