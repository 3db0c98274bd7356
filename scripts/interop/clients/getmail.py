"""getmail6: goes by UIDL; USER and APOP, keeping and deleting, with and without its own headers."""

import re

import maildrops
from cases import case, left_on_disk, never_sent, same, same_messages, sent
from maildrops import HEADERS_ONLY, Message
from stored import delivery_agent, empty, files, without_header

RETURN_PATH = rb"Return-Path: <unknown>\n"
ALL_ADDED = (
    RETURN_PATH + rb"Delivered-To: unknown\n"
    rb"Received: from 127\.0\.0\.1 \(127\.0\.0\.1:\d+\) by \S+ with POP3 getmail6\n"
    rb"  msgid:([0-9a-f]{32}); [^\n]+\n"
)

# getmail starts to look for the end of its delivery agent only after it has forked, and misses an earlier end:
# so the agent ends no sooner than its parent sleeps, waiting for it (and after 10 s at the latest).
PARENT_WAITS = """
for try in $(seq 1000); do
    grep -q '^State:.S' "/proc/$PPID/status" && exit 0
    sleep 0.01
done
"""


class Account:
    """A getmail configuration for one user, with a delivery agent that stores every message in a file."""

    def __init__(self, fixture, user, apop=False, delete=True, headers=False):
        self.fixture = fixture
        self.agent, self.inbox = delivery_agent(fixture, finally_do=PARENT_WAITS)
        self.rc = fixture.write(
            "getmailrc",
            f"[retriever]\ntype = SimplePOP3Retriever\nserver = 127.0.0.1\nport = {fixture.port}\n"
            f"username = {user}\npassword = {maildrops.PASSWORD}\nuse_apop = {apop}\n"
            f'[destination]\ntype = MDA_external\npath = {self.agent}\narguments = ("{self.inbox}",)\n'
            f"allow_root_commands = true\n"
            f"[options]\nread_all = false\ndelete = {delete}\nreceived = {headers}\ndelivered_to = {headers}\n",
        )

    def fetch(self):
        """One run; gives what this run stored."""
        empty(self.inbox)
        self.fixture.run("getmail", f"--getmaildir={self.fixture.home}", f"--rcfile={self.rc}")
        return files(self.inbox)


def as_stored(messages):
    """getmail itself ends headers that have no end with an empty line; all else it stores as it came."""
    return [Message(m.name, m.octets + b"\r\n") if m is HEADERS_ONLY else m for m in messages]


@case("getmail6", "odd messages, LF maildrop, delete")
def deletes(fixture):
    fetch_and_delete(fixture, "odd")


@case("getmail6", "odd messages, CRLF maildrop, delete")
def deletes_crlf(fixture):
    fetch_and_delete(fixture, "crlf")


def fetch_and_delete(fixture, user):
    maildrop = maildrops.ALL[user]
    stored = without_header(user, Account(fixture, user).fetch(), RETURN_PATH)
    same_messages(user, stored, as_stored(maildrop.messages))
    sent(fixture, 0, "USER", "PASS", "UIDL", "LIST", "RETR", "DELE", "QUIT")
    left_on_disk(fixture, user, maildrop, deleted=maildrop.numbers())


@case("getmail6", "NUL octets")
def nul(fixture):
    stored = without_header("nul", Account(fixture, "nul").fetch(), RETURN_PATH)
    same_messages("nul", stored, maildrops.ALL["nul"].messages)


@case("getmail6", "APOP, keep: all by UIDL; then nothing; then what came since")
def keep(fixture):
    three = maildrops.ALL["three"]
    account = Account(fixture, "three", apop=True, delete=False)
    same_messages("first run", without_header("first run", account.fetch(), RETURN_PATH), three.messages)
    sent(fixture, 0, "APOP", "UIDL", "RETR")
    never_sent(fixture, 0, "USER", "PASS", "DELE")
    same("second run", account.fetch(), [])
    four = maildrops.Maildrop((*three.messages, maildrops.EIGHT_BIT))
    fixture.deliver("three", four.piece(4))
    same_messages("third run", without_header("third run", account.fetch(), RETURN_PATH), four.messages[3:])
    left_on_disk(fixture, "three", four)


@case("getmail6", "its own headers added, the rest as it was")
def headers(fixture):
    stored = Account(fixture, "three", headers=True).fetch()
    same_messages("three", without_header("three", stored, ALL_ADDED), maildrops.ALL["three"].messages)
    ids = {re.match(ALL_ADDED, octets).group(1) for octets in stored}
    same("different unique-ids", len(ids), len(stored))
