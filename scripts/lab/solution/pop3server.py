"""pop3server.py PORT MBOX: a POP3 server for one user, $POP_USER with $POP_PASSWORD. A solution."""
import os
import re
import socketserver
import sys
import threading

NAME, PASSWORD = os.environ.get("POP_USER", "mrose"), os.environ.get("POP_PASSWORD", "secret")
AUTHORIZATION, TRANSACTION = {"USER", "PASS"}, {"STAT", "LIST", "RETR", "DELE", "NOOP", "LAST", "RSET", "TOP"}
LOCK = threading.Lock()


class Refused(Exception):
    """Why a command is answered with -ERR."""


class Message:
    """A message as it goes over the wire, and whether it was retrieved."""

    def __init__(self, octets):
        self.lines = octets.removesuffix(b"\n").split(b"\n")
        self.octets = sum(len(line) + len(b"\r\n") for line in self.lines)
        self.retrieved = False


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.named = self.locked = False
        try:
            self.send("+OK POP3 server ready")
            while (line := self.rfile.readline()).endswith(b"\n"):
                keyword, _, argument = line.decode("latin-1").rstrip("\r\n").partition(" ")
                try:
                    text, *response = self.answer(keyword.upper(), argument)
                    self.send("+OK " + text, *response)
                except Refused as why:
                    self.send(f"-ERR {why}")
                if keyword.upper() == "QUIT":
                    return
        finally:
            if self.locked:
                LOCK.release()

    def send(self, first, *lines):
        """A reply, and the lines of a response: given as a list they are stuffed and ended."""
        stuffed = [b"." + line if line.startswith(b".") else line for group in lines for line in group]
        self.wfile.write(b"".join(line + b"\r\n" for line in [first.encode("latin-1"), *stuffed, *[b"."] * len(lines)]))

    def answer(self, keyword, argument):
        """The text after +OK, and perhaps the list of lines that follow."""
        if keyword not in AUTHORIZATION | TRANSACTION | {"QUIT"}:
            raise Refused("no such command")
        if keyword in (AUTHORIZATION if self.locked else TRANSACTION):
            raise Refused("not in this state")
        answer = getattr(self, "do_" + keyword.lower())(argument)
        return answer if isinstance(answer, tuple) else (answer,)

    def left(self):
        return [(number, m) for number, m in enumerate(self.messages, 1) if number not in self.deleted]

    def number(self, argument):
        if not re.fullmatch("[0-9]+", argument) or int(argument) not in dict(self.left()):
            raise Refused("no such message")
        return int(argument)

    def do_user(self, name):
        if self.named or name != NAME:
            raise Refused("PASS is due" if self.named else "no such user")
        self.named = True
        return "welcome"

    def do_pass(self, password):
        named, self.named = self.named, False
        if not named or password != PASSWORD:
            raise Refused("wrong password" if named else "USER comes first")
        if not LOCK.acquire(timeout=1):
            raise Refused("the maildrop is locked")
        self.locked, self.messages = True, list(maildrop)
        self.at_start = max((n for n, m in enumerate(self.messages, 1) if m.retrieved), default=0)
        self.do_rset("")
        return "the maildrop is yours"

    def do_stat(self, _):
        return f"{len(self.left())} {sum(m.octets for _, m in self.left())}"

    def do_list(self, argument):
        if argument:
            number = self.number(argument)
            return f"{number} {self.messages[number - 1].octets}"
        return "they are", [f"{n} {m.octets}".encode() for n, m in self.left()]

    def do_retr(self, argument):
        number = self.number(argument)
        self.retrieved.add(number)
        self.highest = max(self.highest, number)
        message = self.messages[number - 1]
        return f"{message.octets} octets", message.lines

    def do_top(self, argument):
        number, _, count = argument.partition(" ")
        lines = self.messages[self.number(number) - 1].lines
        if not re.fullmatch("[0-9]+", count):
            raise Refused("how many lines?")
        head = lines.index(b"") + 1 if b"" in lines else len(lines)
        return "the top of it", lines[: head + int(count)]

    def do_dele(self, argument):
        number = self.number(argument)
        self.deleted.add(number)
        self.highest = max(self.highest, number)
        return "deleted"

    def do_noop(self, _):
        return ""

    def do_last(self, _):
        return str(self.highest)

    def do_rset(self, _):
        self.deleted, self.retrieved, self.highest = set(), set(), self.at_start
        return "as it was"

    def do_quit(self, _):
        if self.locked:  # the UPDATE state
            for number in self.retrieved:
                self.messages[number - 1].retrieved = True
            maildrop[:] = [m for _, m in self.left()]
        return "goodbye"


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with open(sys.argv[2], "rb") as mbox:
    # The empty line before a line "From " separates messages and belongs to none.
    parts = re.split(rb"(?:\A|(?<=\n)\n)(?=From )", mbox.read())[1:]
maildrop = [Message(re.sub(rb"^>(>*From )", rb"\1", part.partition(b"\n")[2], flags=re.M)) for part in parts]
Server(("127.0.0.1", int(sys.argv[1])), Session).serve_forever()
