"""A POP3 client as small as the proofs need it; every wait has an end."""

import socket

WAIT = 30.0


class Closed(Exception):
    """The server closed the connection, or does not answer any more."""


class Client:
    def __init__(self, sock):
        sock.settimeout(WAIT)
        self.sock = sock
        self.pending = b""

    def send(self, line):
        """Send one line; a closed connection shows when its reply is read."""
        try:
            self.sock.sendall(line.encode("latin-1") + b"\r\n")
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

    def command(self, line):
        self.send(line)
        return self.line()

    def must(self, line):
        """A command that has to succeed."""
        reply = self.command(line)
        if not reply.startswith("+OK"):
            raise Refused(f"{line.split()[0]}: {reply}")
        return reply

    def body(self):
        """The octets of a multi-line reply after its first line, stuffing taken off."""
        ending = b"\r\n.\r\n"
        while not (self.pending.startswith(b".\r\n") or ending in self.pending):
            self._read()
        if self.pending.startswith(b".\r\n"):
            self.pending = self.pending[3:]
            return b""
        text, self.pending = self.pending.split(ending, 1)
        text = text[1:] if text.startswith(b".") else text
        return text.replace(b"\r\n.", b"\r\n") + b"\r\n"

    def retr(self, number):
        self.must(f"RETR {number}")
        return self.body()

    def login(self, name, password):
        self.must(f"USER {name}")
        return self.must(f"PASS {password}")

    def count(self):
        """How many messages STAT announces."""
        return int(self.must("STAT").split()[1])

    def close(self):
        self.sock.close()


class Refused(Exception):
    """A command that had to succeed was answered -ERR."""
