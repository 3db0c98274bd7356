"""mpop: pipelines its commands; USER and APOP, Maildir, mbox and delivery agent, keeping and deleting."""

import maildrops
from cases import case, left_on_disk, never_sent, same, same_messages, sent
from stored import delivery_agent, empty, files, same_mbox

RECEIVED = (
    rb"Received: from \S+ \(\S+ \[127\.0\.0\.1\]\)\n"
    rb"\tby \S+ \(mpop-[^)\n]+\) with POP3\n"
    rb"\tfor <[^>\n]+>; [^\n]+\n"
)


def mpop(fixture, user, delivery, auth="user", keep="off", received="off"):
    rc = fixture.write(
        ".mpoprc",
        f"account default\nhost 127.0.0.1\nport {fixture.port}\ntls off\nauth {auth}\n"
        f"user {user}\npassword {maildrops.PASSWORD}\nkeep {keep}\nonly_new on\nreceived_header {received}\n"
        f"uidls_file {fixture.home}/uidls\ndelivery {delivery}\n",
    )
    fixture.run("mpop", "--file", rc, "--quiet")


def maildir(fixture):
    for part in ("cur", "new", "tmp"):
        (fixture.home / "Maildir" / part).mkdir(parents=True)
    return fixture.home / "Maildir"


@case("mpop", "odd messages, LF maildrop, Maildir, delete")
def deletes(fixture):
    fetch_and_delete(fixture, "odd")


@case("mpop", "odd messages, CRLF maildrop, Maildir, delete")
def deletes_crlf(fixture):
    fetch_and_delete(fixture, "crlf")


def fetch_and_delete(fixture, user):
    box, maildrop = maildir(fixture), maildrops.ALL[user]
    mpop(fixture, user, f"maildir {box}")
    same_messages(user, files(box / "new"), maildrop.messages)
    left_on_disk(fixture, user, maildrop, deleted=maildrop.numbers())
    sent(fixture, 0, "CAPA", "USER", "PASS", "STAT", "LIST", "UIDL", "RETR", "DELE", "QUIT")


@case("mpop", "NUL octets, to a delivery agent")
def nul(fixture):
    agent, inbox = delivery_agent(fixture)
    mpop(fixture, "nul", f"mda {agent} {inbox}")
    same_messages("nul", files(inbox), maildrops.ALL["nul"].messages)


@case("mpop", "APOP, into an mbox, Received: header added")
def apop_mbox(fixture):
    mbox, three = fixture.home / "mbox", maildrops.ALL["three"]
    mpop(fixture, "three", f"mbox {mbox}", auth="apop", received="on")
    same_mbox("mbox", mbox.read_bytes(), three.messages, quote=maildrops.quoted, added=RECEIVED)
    sent(fixture, 0, "APOP", "RETR", "DELE")
    never_sent(fixture, 0, "USER", "PASS")


@case("mpop", "keep: all by UIDL; then nothing; then what came since")
def keep(fixture):
    agent, inbox = delivery_agent(fixture)
    three = maildrops.ALL["three"]
    mpop(fixture, "three", f"mda {agent} {inbox}", keep="on")
    same_messages("first run", files(inbox), three.messages)
    left_on_disk(fixture, "three", three)
    empty(inbox)
    mpop(fixture, "three", f"mda {agent} {inbox}", keep="on")
    same("second run", files(inbox), [])
    never_sent(fixture, 1, "RETR", "TOP", "DELE")
    four = maildrops.Maildrop((*three.messages, maildrops.EIGHT_BIT))
    fixture.deliver("three", four.piece(4))
    mpop(fixture, "three", f"mda {agent} {inbox}", keep="on")
    same_messages("third run", files(inbox), four.messages[3:])
    left_on_disk(fixture, "three", four)


@case("mpop", "an empty maildrop")
def nothing(fixture):
    box = maildir(fixture)
    mpop(fixture, "empty", f"maildir {box}")
    same("stored", files(box / "new"), [])
    left_on_disk(fixture, "empty", maildrops.ALL["empty"])
