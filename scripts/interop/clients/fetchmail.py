"""fetchmail: the client that asks LAST, in its default mode, with uidl, with APOP, keeping and deleting."""

import maildrops
from cases import case, left_on_disk, never_sent, replied, same, same_messages, sent
from maildrops import HEADERS_ONLY, Message
from stored import delivery_agent, empty, files, without_header

NOTHING_NEW = 1
RECEIVED = (
    rb"Received: from \S+ \[127\.0\.0\.1\]\n"
    rb"\tby \S+ with POP3 \(fetchmail-[^)\n]+\)\n"
    rb"\tfor <\S+> \(single-drop\); [^\n]+\n"
)


class Account:
    """A fetchmail configuration for one user, with a delivery agent that stores every message in a file."""

    def __init__(self, fixture, user, server="protocol pop3", options="", top="set invisible"):
        self.fixture = fixture
        self.agent, self.inbox = delivery_agent(fixture)
        self.rc = fixture.write(
            ".fetchmailrc",
            f"{top}\nset idfile {fixture.home}/fetchids\nset pidfile {fixture.home}/fetchmail.pid\n"
            f"poll localhost via 127.0.0.1 port {fixture.port} {server} timeout 20\n"
            f"  user {user} password {maildrops.PASSWORD} sslproto '' no rewrite {options}"
            f" mda '{self.agent} {self.inbox}'\n",
        )

    def fetch(self, codes=(0,)):
        """One run; gives what this run stored."""
        empty(self.inbox)
        self.fixture.run("fetchmail", "--fetchmailrc", self.rc, "--nodetach", "--nosyslog", codes=codes)
        return files(self.inbox)


def as_stored(messages):
    """fetchmail itself ends headers that have no end with an empty line; all else it stores as it came."""
    return [Message(m.name, m.octets + b"\r\n") if m is HEADERS_ONLY else m for m in messages]


@case("fetchmail", "keep: all by LAST; then nothing; then what came since")
def keep(fixture):
    three = maildrops.ALL["three"]
    account = Account(fixture, "three", options="keep")
    same_messages("first run", account.fetch(), three.messages)
    replied(fixture, 0, "LAST", "+OK 0")
    left_on_disk(fixture, "three", three)
    same("second run", account.fetch(codes=(NOTHING_NEW,)), [])
    replied(fixture, 1, "LAST", "+OK 3")
    never_sent(fixture, 1, "RETR", "TOP", "UIDL")
    four = maildrops.Maildrop((*three.messages, maildrops.EIGHT_BIT))
    fixture.deliver("three", four.piece(4))
    same_messages("third run", account.fetch(), four.messages[3:])
    replied(fixture, 2, "LAST", "+OK 3")
    left_on_disk(fixture, "three", four)


@case("fetchmail", "nokeep: odd messages, LF maildrop")
def deletes(fixture):
    fetch_and_delete(fixture, "odd")


@case("fetchmail", "nokeep: odd messages, CRLF maildrop")
def deletes_crlf(fixture):
    fetch_and_delete(fixture, "crlf")


def fetch_and_delete(fixture, user):
    maildrop = maildrops.ALL[user]
    account = Account(fixture, user, options="nokeep")
    same_messages("first run", account.fetch(), as_stored(maildrop.messages))
    sent(fixture, 0, "LAST", "DELE", "QUIT")
    left_on_disk(fixture, user, maildrop, deleted=maildrop.numbers())
    same("second run", account.fetch(codes=(NOTHING_NEW,)), [])


@case("fetchmail", "fetchall: NUL octets")
def fetchall(fixture):
    account = Account(fixture, "nul", options="fetchall nokeep")
    same_messages("nul", account.fetch(), maildrops.ALL["nul"].messages)
    sent(fixture, 0, "RETR", "DELE")
    never_sent(fixture, 0, "TOP", "LAST")


@case("fetchmail", "uidl keep: all; then nothing; then what came since")
def uidl(fixture):
    three = maildrops.ALL["three"]
    account = Account(fixture, "three", server="protocol pop3 uidl", options="keep")
    same_messages("first run", account.fetch(), three.messages)
    sent(fixture, 0, "UIDL")
    same("second run", account.fetch(codes=(NOTHING_NEW,)), [])
    never_sent(fixture, 1, "LAST", "RETR", "TOP")
    four = maildrops.Maildrop((*three.messages, maildrops.EIGHT_BIT))
    fixture.deliver("three", four.piece(4))
    same_messages("third run", account.fetch(), four.messages[3:])


@case("fetchmail", "protocol APOP nokeep")
def apop(fixture):
    three = maildrops.ALL["three"]
    account = Account(fixture, "three", server="protocol apop", options="nokeep")
    same_messages("three", account.fetch(), three.messages)
    sent(fixture, 0, "APOP", "DELE")
    never_sent(fixture, 0, "USER", "PASS")
    left_on_disk(fixture, "three", three, deleted=three.numbers())


@case("fetchmail", "fetchlimit 2: two deleted, the third later")
def limit(fixture):
    three = maildrops.ALL["three"]
    account = Account(fixture, "three", options="nokeep fetchlimit 2")
    same_messages("first run", account.fetch(codes=(0, 13)), three.messages[:2])
    left_on_disk(fixture, "three", three, deleted=(1, 2))
    same_messages("second run", account.fetch(), three.messages[2:])
    left_on_disk(fixture, "three", three, deleted=three.numbers())


@case("fetchmail", "its own Received: header added, the rest as it was")
def received(fixture):
    account = Account(fixture, "three", top="set no bouncemail", options="nokeep")
    messages = without_header("three", account.fetch(), RECEIVED)
    same_messages("three", messages, maildrops.ALL["three"].messages)


@case("fetchmail", "wrong password")
def wrong_password(fixture):
    other = maildrops.Maildrop(maildrops.ALL["three"].messages, password="another")
    fixture.put_user("three", other.on_disk())
    account = Account(fixture, "three", server="protocol pop3 auth password", options="nokeep")
    same("stored", account.fetch(codes=(3,)), [])
    replied(fixture, 0, "PASS", "-ERR invalid password")
    left_on_disk(fixture, "three", other)
