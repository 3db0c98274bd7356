"""curl: one command per URL; it logs in with APOP on its own when the greeting has a timestamp."""

import re

import maildrops
from cases import case, left_on_disk, replied, same, same_messages, sent

DENIED, WEIRD_REPLY = 67, 8


def curl(fixture, user, path, *options, codes=(0,), password=maildrops.PASSWORD):
    url = f"pop3://127.0.0.1:{fixture.port}/{path}"
    login = f"{user}:{password}"
    return fixture.run("curl", "-q", "-sS", "--noproxy", "*", "--user", login, *options, url, codes=codes)


@case("curl", "LIST, and LIST of one message")
def lists(fixture):
    same("LIST", curl(fixture, "mrose", ""), b"1 120\r\n2 200\r\n")
    same("LIST 2", curl(fixture, "mrose", "2", "--list-only"), b"")
    sent(fixture, 0, "APOP", "LIST")
    replied(fixture, 1, "LIST", "+OK 2 200")


@case("curl", "APOP, right and wrong password")
def apop(fixture):
    curl(fixture, "mrose", "", "--login-options", "AUTH=+APOP")
    sent(fixture, 0, "APOP", "LIST")
    curl(fixture, "mrose", "", "--login-options", "AUTH=+APOP", password="guess", codes=(DENIED,))
    replied(fixture, 1, "APOP", "-ERR permission denied")


@case("curl", "RETR: odd messages, LF and CRLF maildrop")
def retrieves(fixture):
    for user in ("odd", "crlf"):
        messages = maildrops.ALL[user].messages
        fetched = [curl(fixture, user, str(number + 1)) for number in range(len(messages))]
        same_messages(user, fetched, messages, line_end=b"\r\n")


@case("curl", "RETR: NUL, lone CR, no headers, no octets")
def strange(fixture):
    messages = maildrops.ALL["strange"].messages
    fetched = [curl(fixture, "strange", str(number + 1)) for number in range(len(messages))]
    nothing = messages.index(maildrops.NOTHING)
    same("what curl makes of a message of no octets", fetched[nothing], b"\r\n")  # its own line end before the dot
    fetched[nothing] = b""
    same_messages("strange", fetched, messages, line_end=b"\r\n")


@case("curl", "TOP of 0, 3 and 1000 lines")
def top(fixture):
    for lines in (0, 3, 1000):
        for number, message in enumerate(maildrops.ALL["three"].messages, start=1):
            got = curl(fixture, "three", "", "--request", f"TOP {number} {lines}")
            same(f"TOP {number} {lines}", got, message.top(lines))


@case("curl", "UIDL: lasting and all different")
def uidl(fixture):
    first = curl(fixture, "odd", "", "--request", "UIDL")
    same("UIDL again", curl(fixture, "odd", "", "--request", "UIDL"), first)
    ids = re.findall(rb"(?m)^\d+ ([\x21-\x7e]{1,70})\r$", first)
    same("different ids", len(set(ids)), len(maildrops.ODD))


@case("curl", "STAT, DELE")
def dele(fixture):
    curl(fixture, "three", "", "--request", "STAT", "--head")
    replied(fixture, 0, "STAT", f"+OK 3 {maildrops.ALL['three'].octets()}")
    curl(fixture, "three", "", "--request", "DELE 2", "--head")
    sent(fixture, 1, "DELE", "QUIT")
    left_on_disk(fixture, "three", maildrops.ALL["three"], deleted=(2,))


@case("curl", "no such message, unknown user")
def refused(fixture):
    curl(fixture, "mrose", "3", codes=(WEIRD_REPLY,))
    replied(fixture, 0, "RETR", "-ERR no such message, only 2 messages in maildrop")
    curl(fixture, "frated", "", codes=(DENIED,))
    replied(fixture, 1, "APOP", "-ERR permission denied")
