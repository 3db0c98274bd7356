"""A POP3 server as it is handed in: small, of one of three kinds, and wrong in one thing, if in any.

It keeps its mail in $POP_MBOX, and what was accessed in a file beside it in its working directory.
Usage: submission.py KIND [FAULT], with the variables of pop1081 grade --start
"""

import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time

KIND = sys.argv[1]
FAULT = sys.argv[2] if len(sys.argv) > 2 else "none"
MBOX, USER, PASSWORD = (os.environ[name] for name in ("POP_MBOX", "POP_USER", "POP_PASSWORD"))
KEPT = []


def read_mbox():
    """The messages, as lines without ends."""
    with open(MBOX, "rb") as file:
        text = file.read()
    parts = (b"\n\n" + text).split(b"\n\nFrom ")[1:]
    messages = [part.split(b"\n", 1)[1] for part in parts]
    ended = [m if last else m + b"\n" for m, last in zip(messages, [False] * (len(messages) - 1) + [True])]
    lines = [message.split(b"\n") for message in ended]
    return [m[:-1] if m[-1] == b"" else m for m in lines]


def write_mbox(messages):
    with open("new", "wb") as file:
        for lines in messages:
            file.write(b"From someone Tue Nov  1 09:00:00 1988\n" + b"\n".join(lines) + b"\n\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace("new", MBOX)


def digest(lines):
    return hashlib.md5(b"\n".join(lines)).hexdigest()


class Session:
    def __init__(self, connection):
        self.connection = connection
        self.file = connection.makefile("rb")
        self.name = self.messages = None
        self.lock = open("lock", "w")
        self.over = False

    def say(self, text, lines=None):
        end = b"\n" if FAULT == "bare-lf" else b"\r\n"
        octets = text.encode("latin-1") + end
        if lines is not None:
            stuffed = [b"." + line if line[:1] == b"." and FAULT != "unstuffed" else line for line in lines]
            octets += b"".join(line + end for line in stuffed) + b"." + end
        self.connection.sendall(octets)

    def run(self):
        self.say("+OK ready")
        while not self.over:
            line = self.file.readline()
            if not line.endswith(b"\n"):
                break
            keyword, _, rest = line.rstrip(b"\r\n").decode("latin-1").partition(" ")
            self.command(keyword.upper(), rest)
        self.lock.close()

    def command(self, keyword, rest):
        transaction = ("STAT", "LIST", "RETR", "DELE", "NOOP", "LAST", "RSET", "TOP")
        if keyword == "QUIT" and not rest:
            self.quit()
        elif self.messages is None and keyword in ("USER", "PASS"):
            getattr(self, keyword.lower())(rest)
        elif self.messages is not None and keyword in transaction:
            getattr(self, keyword.lower())(rest)
        elif FAULT == "no-states" and keyword in ("NOOP", "RSET"):
            self.say("+OK")
        else:
            self.say("-ERR not now")

    def user(self, name):
        if self.name is not None or name != USER:
            return self.say("-ERR no")
        self.name = name
        return self.say("+OK welcome")

    def pass_(self, password):
        named, self.name = self.name, None
        if named is None or (password != PASSWORD and FAULT != "any-password") or FAULT == "refuses":
            return self.say("-ERR no")
        try:
            if FAULT != "no-lock":
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return self.say("-ERR locked")
        self.messages = read_mbox()
        self.deleted, self.accessed = set(), set()
        seen = open("seen").read().split() if os.path.exists("seen") and FAULT != "last-forgets" else []
        self.start = max([n for n, m in enumerate(self.messages, 1) if digest(m) in seen], default=0)
        self.highest = self.start
        return self.say("+OK maildrop ready")

    locals()["pass"] = pass_

    def number(self, text):
        try:
            number = int(text.split(" ")[0]) if text.split(" ")[0].isdigit() else 0
        except ValueError:
            number = 0
        if FAULT == "retr-zero" and text == "0":
            number = 1
        if not 0 < number <= len(self.messages) or number in self.deleted:
            self.say("-ERR no such message")
            return None
        return number

    def size(self, number):
        end = 1 if FAULT == "lf-sizes" else 2
        return sum(len(line) + end for line in self.messages[number - 1])

    def left(self):
        hidden = set() if FAULT == "deleted-listed" else self.deleted
        return [n for n in range(1, len(self.messages) + 1) if n not in hidden]

    def stat(self, rest):
        left = [n for n in self.left() if n not in self.deleted]
        self.say("-ERR no argument" if rest else f"+OK {len(left)} {sum(map(self.size, left))}")

    def list(self, rest):
        if rest:
            number = self.number(rest)
            return number and self.say(f"+OK {number} {self.size(number)}")
        return self.say("+OK", [f"{n} {self.size(n)}".encode() for n in self.left()])

    def retr(self, rest):
        number = self.number(rest)
        if not number:
            return
        if FAULT == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
            time.sleep(1000)  # The signal may end another thread first, and this one would go on to answer.
        while FAULT == "hang":
            time.sleep(1000)
        while FAULT == "flood":
            self.connection.sendall(b"+OK\r\n" * 10_000)
        self.accessed.add(number)
        self.highest = max(self.highest, number)
        blank = [b""] if FAULT == "blank-line" else []
        self.say("+OK", self.messages[number - 1] + blank)

    def top(self, rest):
        words = rest.split(" ")
        number = self.number(rest)
        if not number:
            return
        if len(words) != 2 or not words[1].isdigit():
            return self.say("-ERR how many lines?")
        lines = self.messages[number - 1]
        header = lines.index(b"") + 1 if b"" in lines else len(lines)
        start = 0 if FAULT == "top-headers" else header
        return self.say("+OK", lines[: start + int(words[1])])

    def dele(self, rest):
        number = self.number(rest)
        if number:
            self.deleted.add(number)
            self.highest = max(self.highest, number)
            if FAULT == "dele-at-once":
                self.update()
            self.say("+OK deleted")

    def noop(self, rest):
        self.say("-ERR no argument" if rest else "+OK")

    def last(self, rest):
        self.say("-ERR no argument" if rest else f"+OK {self.highest}")

    def rset(self, rest):
        if rest:
            return self.say("-ERR no argument")
        self.deleted, self.accessed = set(), set()
        self.highest = 0 if FAULT == "rset-zero" else self.start
        return self.say("+OK")

    def update(self):
        write_mbox([m for n, m in enumerate(self.messages, 1) if n not in self.deleted])

    def quit(self):
        if self.messages is not None:
            if self.deleted and FAULT != "removes-nothing":
                self.update()
            with open("seen", "a") as file:
                file.write("".join(digest(self.messages[n - 1]) + "\n" for n in self.accessed))
        self.over = True
        if FAULT == "children":
            for detached in (False, True):
                KEPT.append(subprocess.Popen(["sleep", "1000"], start_new_session=detached))
        if FAULT == "leak":
            KEPT.append(open("/dev/null"))
        self.lock.close()
        if FAULT != "quit-silent":
            self.say("+OK bye")
        while FAULT == "quit-open" and self.file.readline():
            pass


def serve(connection):
    try:
        if FAULT == "web":
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        elif FAULT == "silence":
            connection.recv(1)
        elif FAULT != "closes":
            Session(connection).run()
    except OSError:
        pass
    finally:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()


def fork(listener, connection):
    if os.fork() == 0:
        listener.close()
        serve(connection)
        os._exit(0)
    connection.close()


def noise():
    """What has nothing to do with mail, and never ends."""
    number = 0
    while FAULT == "output":
        os.write(1, b"x" * 65_536)
    while FAULT == "disk":
        number += 1
        with open(f"file{number}", "wb") as file:
            file.write(b"x" * 1_000_000)


def main():
    if FAULT == "exits":
        sys.exit("no configuration")
    if FAULT == "deaf":
        time.sleep(1000)
    if KIND == "fork" and FAULT != "zombies":
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.create_server(("127.0.0.1", int(os.environ["POP_PORT"])), backlog=50)
    threading.Thread(target=noise, daemon=True).start()
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if KIND == "threads":
            threading.Thread(target=serve, args=(connection,), daemon=True).start()
        elif KIND == "fork":
            fork(listener, connection)
        else:
            serve(connection)


main()
