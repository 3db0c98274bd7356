"""nmh, today's MH, the mail program for which the memo was written: inc and msgchk with a password, and `inc -rpop` as
MH did it. Its inc can't RPOP any more, so a program between it and the server sends RPOP in place of PASS, from a
reserved port: the rest of the session is inc's own."""

import os
import sys

import maildrops
from cases import case, left_on_disk, never_sent, replied, same, same_messages, sent
from clients.python_poplib import trust
from fixture import HOSTNAME, NotPlayed
from stored import empty

MH = "/usr/bin/mh/"
NETRC = f"machine 127.0.0.1 login {{user}} password {maildrops.PASSWORD}\n"
# Stands between inc and the server: standard input and output are inc, a socket from a reserved port is the server.
RESERVED = """import socket, sys, threading
sys.path.insert(0, {here!r})
from proxy import connect_reserved
server = connect_reserved(("127.0.0.1", {port}))
def back():
    while octets := server.recv(65536):
        sys.stdout.buffer.write(octets)
        sys.stdout.buffer.flush()
threading.Thread(target=back, daemon=True).start()
for line in sys.stdin.buffer:
    server.sendall(b"RPOP student\\r\\n" if line.startswith(b"PASS ") else line)
"""


class Folder:
    """A person with an MH folder, whose maildrop is this user's."""

    def __init__(self, fixture, user):
        self.fixture, self.user = fixture, user
        self.inbox = fixture.home / "Mail" / "inbox"
        self.inbox.mkdir(parents=True)
        fixture.write(".mh_profile", "Path: Mail\nWelcome: disable\n")
        fixture.write(".netrc", NETRC.format(user=user))
        self.at = ("-host", "127.0.0.1", "-port", str(fixture.port), "-user", user)

    def inc(self, *options):
        """What this run stored, in order. With an empty maildrop inc says so and fails."""
        empty(self.inbox)
        self.fixture.run(f"{MH}inc", *self.at, *options, codes=(0, 1))
        numbers = sorted(int(path.name) for path in self.inbox.iterdir() if path.name.isdigit())
        return [(self.inbox / str(number)).read_bytes() for number in numbers]


@case("nmh", "inc: all, then nothing, then what came since")
def inc(fixture):
    three = maildrops.ALL["three"]
    folder = Folder(fixture, "three")
    same_messages("first run", folder.inc(), three.messages)
    sent(fixture, 0, "USER", "PASS", "STAT", "RETR", "DELE", "QUIT")
    left_on_disk(fixture, "three", three, deleted=three.numbers())
    same("second run", folder.inc(), [])
    fixture.deliver("three", maildrops.Maildrop((maildrops.EMPTY_BODY,)).piece(1))
    same_messages("third run", folder.inc(), (maildrops.EMPTY_BODY,))
    left_on_disk(fixture, "three", three, deleted=three.numbers())


@case("nmh", "inc -notruncate leaves all, msgchk counts it")
def keeps(fixture):
    three = maildrops.ALL["three"]
    folder = Folder(fixture, "three")
    same_messages("inc -notruncate", folder.inc("-notruncate"), three.messages)
    never_sent(fixture, 0, "DELE")
    said = fixture.run(f"{MH}msgchk", *folder.at).decode()
    same("msgchk", said, f"three has 3 messages ({three.octets()} bytes) on 127.0.0.1\n")
    left_on_disk(fixture, "three", three)


@case("nmh", "inc -rpop as MH sent it: RPOP for PASS, a reserved port")
def rpop(fixture):
    if os.geteuid() != 0:
        raise NotPlayed("only root has reserved ports")
    mrose = maildrops.ALL["mrose"]
    trust(fixture)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    between = fixture.write("between.py", RESERVED.format(here=here, port=fixture.port))
    folder = Folder(fixture, "mrose")
    same_messages("mrose", folder.inc("-proxy", f"{sys.executable} {between}"), mrose.messages)
    sent(fixture, 0, "USER", "RPOP", "STAT", "RETR", "DELE", "QUIT")
    never_sent(fixture, 0, "PASS")
    replied(fixture, 0, "QUIT", f"+OK {HOSTNAME} POP3 server signing off (maildrop empty)")
    left_on_disk(fixture, "mrose", mrose, deleted=mrose.numbers())
