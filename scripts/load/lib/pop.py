"""A POP3 client as small as the checks need it; every wait has an end."""

import socket
import struct

WAIT = 20.0
RESET = struct.pack("ii", 1, 0)  # linger for no time: closing breaks the connection off


class Closed(Exception):
    """The server closed the connection, or does not answer any more."""


class Client:
    def __init__(self, address):
        self.sock = socket.create_connection(address, timeout=WAIT)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def send(self, *lines):
        self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode("latin-1"))

    def line(self):
        while b"\n" not in self.pending:
            try:
                octets = self.sock.recv(1 << 16)
            except OSError as broken:
                raise Closed(str(broken)) from broken
            if not octets:
                raise Closed("connection closed")
            self.pending += octets
        line, self.pending = self.pending.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def greeted(self):
        line = self.line()
        if not line.startswith("+OK dewey"):
            raise Closed(line)
        return self

    def ask(self, line):
        self.send(line)
        return self.line()

    def must(self, line):
        """A command that has to succeed."""
        reply = self.ask(line)
        if not reply.startswith("+OK"):
            raise Closed(f"{line.split()[0]}: {reply}")
        return reply

    def login(self, name, password="pw"):
        """USER and PASS at once; the reply to PASS."""
        self.send(f"USER {name}", f"PASS {password}")
        welcome = self.line()
        if not welcome.startswith("+OK"):
            raise Closed(welcome)
        return self.line()

    def logged_in(self, name, password="pw"):
        reply = self.login(name, password)
        if not reply.startswith("+OK"):
            raise Closed(reply)
        return self

    def ended(self):
        """Reads up to the end of the connection."""
        try:
            while self.sock.recv(1 << 16):
                pass
        except ConnectionError:
            pass

    def finish(self):
        """Has nothing more to say."""
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


def when_free(server, name, tries=2000):
    """Logs in as soon as the session before has let go; a client."""
    for _ in range(tries):
        client = server.connect().greeted()
        reply = client.login(name)
        if reply.startswith("+OK"):
            return client
        client.close()
        if "[IN-USE]" not in reply:
            raise Closed(reply)
    raise Closed(f"{name}'s maildrop was never free")
