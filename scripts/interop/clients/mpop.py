"""mpop: pipelines its commands; USER and APOP, Maildir, mbox and delivery agent, keeping and deleting."""

import maildrops
from cases import case, left_on_disk, never_sent, same, same_messages, sent
from stored import delivery_agent, empty, files, same_mbox

RECEIVED = (
    rb"Received: from \S+ \(\S+ \[127\.0\.0\.1\]\)\n"
    rb"\tby \S+ \(mpop-[^)\n]+\) with POP3\n"
    rb"\tfor <[^>\n]+>; [^\n]+\n"
)


def mpop(bench, user, delivery, auth="user", keep="off", received="off"):
    rc = bench.write(
        ".mpoprc",
        f"account default\nhost 127.0.0.1\nport {bench.port}\ntls off\nauth {auth}\n"
        f"user {user}\npassword {maildrops.PASSWORD}\nkeep {keep}\nonly_new on\nreceived_header {received}\n"
        f"uidls_file {bench.home}/uidls\ndelivery {delivery}\n",
    )
    bench.run("mpop", "--file", rc, "--quiet")


def maildir(bench):
    for part in ("cur", "new", "tmp"):
        (bench.home / "Maildir" / part).mkdir(parents=True)
    return bench.home / "Maildir"


@case("mpop", "odd messages, LF maildrop, Maildir, delete")
def deletes(bench):
    fetch_and_delete(bench, "odd")


@case("mpop", "odd messages, CRLF maildrop, Maildir, delete")
def deletes_crlf(bench):
    fetch_and_delete(bench, "crlf")


def fetch_and_delete(bench, user):
    box, maildrop = maildir(bench), maildrops.ALL[user]
    mpop(bench, user, f"maildir {box}")
    same_messages(user, files(box / "new"), maildrop.messages)
    left_on_disk(bench, user, maildrop, deleted=maildrop.numbers())
    sent(bench, 0, "CAPA", "USER", "PASS", "STAT", "LIST", "UIDL", "RETR", "DELE", "QUIT")


@case("mpop", "NUL octets, to a delivery agent")
def nul(bench):
    agent, inbox = delivery_agent(bench)
    mpop(bench, "nul", f"mda {agent} {inbox}")
    same_messages("nul", files(inbox), maildrops.ALL["nul"].messages)


@case("mpop", "APOP, into an mbox, Received: header added")
def apop_mbox(bench):
    mbox, three = bench.home / "mbox", maildrops.ALL["three"]
    mpop(bench, "three", f"mbox {mbox}", auth="apop", received="on")
    same_mbox("mbox", mbox.read_bytes(), three.messages, quote=maildrops.quoted, added=RECEIVED)
    sent(bench, 0, "APOP", "RETR", "DELE")
    never_sent(bench, 0, "USER", "PASS")


@case("mpop", "keep: all by UIDL; then nothing; then what came since")
def keep(bench):
    agent, inbox = delivery_agent(bench)
    three = maildrops.ALL["three"]
    mpop(bench, "three", f"mda {agent} {inbox}", keep="on")
    same_messages("first run", files(inbox), three.messages)
    left_on_disk(bench, "three", three)
    empty(inbox)
    mpop(bench, "three", f"mda {agent} {inbox}", keep="on")
    same("second run", files(inbox), [])
    never_sent(bench, 1, "RETR", "TOP", "DELE")
    four = maildrops.Maildrop((*three.messages, maildrops.EIGHT_BIT))
    bench.deliver("three", four.piece(4))
    mpop(bench, "three", f"mda {agent} {inbox}", keep="on")
    same_messages("third run", files(inbox), four.messages[3:])
    left_on_disk(bench, "three", four)


@case("mpop", "an empty maildrop")
def nothing(bench):
    box = maildir(bench)
    mpop(bench, "empty", f"maildir {box}")
    same("stored", files(box / "new"), [])
    left_on_disk(bench, "empty", maildrops.ALL["empty"])
