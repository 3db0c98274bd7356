"""mutt on a terminal of its own: fetch-mail into an mbox, with LAST and APOP; the maildrop opened as a folder."""

import os
import pty
import re
import select
import signal
import time

import maildrops
from fixture import CLIENT_SECONDS, Failure
from cases import case, left_on_disk, never_sent, replied, same_messages, sent
from stored import delivery_agent, files, same_mbox

SETTINGS = """
set folder={home} spoolfile={home}/mbox mbox_type=mbox header_cache=""
set pop_host="pop://{user}@127.0.0.1:{port}" pop_pass="{password}"
set pop_authenticators="{auth}" pop_delete={delete} pop_last={last}
set ssl_force_tls=no ssl_starttls=no
set quit=yes confirmappend=no confirmcreate=no delete=yes move=no wait_key=no pipe_split=yes pipe_sep=""
"""


def mutt(fixture, user, keys, folder="/dev/null", auth="user", delete="no", last="yes"):
    """Start mutt, have it type `keys`, let it end the session with the server, and then quit it."""
    settings = SETTINGS.format(
        home=fixture.home,
        user=user,
        port=fixture.port,
        password=maildrops.PASSWORD,
        auth=auth,
        delete=delete,
        last=last,
    )
    rc = fixture.write("muttrc", settings + f'push "{keys}"\n')
    before = len(fixture.transcripts())
    on_terminal(fixture, ["mutt", "-n", "-F", str(rc), "-f", folder], lambda: session_over(fixture, before))


def session_over(fixture, before):
    transcripts = fixture.transcripts()[before:]
    return any(c.keyword == "QUIT" and c.reply for t in transcripts for c in t.commands)


def on_terminal(fixture, argv, done):
    """Run a program on a pseudo terminal; once `done`, press `q` until it ends."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(fixture.home)
        os.execvpe(argv[0], argv, fixture.environment())
    screen, limit = b"", time.monotonic() + CLIENT_SECONDS
    try:
        while time.monotonic() < limit:
            if done():
                os.write(terminal, b"q")
            if select.select([terminal], [], [], 0.1)[0]:
                octets = read(terminal)
                if not octets:
                    return
                screen += octets
        raise Failure(f"{argv[0]} had not ended after {CLIENT_SECONDS} s; its screen: {readable(screen)}")
    finally:
        os.kill(pid, signal.SIGKILL)  # not yet waited for, so the id is still its own
        os.waitpid(pid, 0)
        os.close(terminal)


def read(terminal):
    """What is on the screen next; nothing once the program has ended."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def readable(screen):
    return re.sub(rb"\x1b[\[(]?[0-9;?]*[a-zA-Z=>]?", b" ", screen).decode("utf-8", "backslashreplace")[-1500:]


def mbox(fixture):
    path = fixture.home / "mbox"
    return path.read_bytes() if path.exists() else b""


@case("mutt", "fetch-mail, pop_delete: odd messages, LF maildrop")
def deletes(fixture):
    fetch_and_delete(fixture, "odd")


@case("mutt", "fetch-mail, pop_delete: odd messages, CRLF maildrop")
def deletes_crlf(fixture):
    fetch_and_delete(fixture, "crlf")


def fetch_and_delete(fixture, user):
    maildrop = maildrops.ALL[user]
    mutt(fixture, user, "<fetch-mail>", delete="yes")
    same_mbox(user, mbox(fixture), maildrop.messages)
    sent(fixture, 0, "CAPA", "USER", "PASS", "STAT", "LAST", "RETR", "DELE", "QUIT")
    left_on_disk(fixture, user, maildrop, deleted=maildrop.numbers())


@case("mutt", "fetch-mail, APOP, pop_last: all; nothing; what came since")
def keep(fixture):
    three = maildrops.ALL["three"]
    mutt(fixture, "three", "<fetch-mail>", auth="apop")
    same_mbox("first run", mbox(fixture), three.messages)
    sent(fixture, 0, "APOP", "LAST", "RETR")
    mutt(fixture, "three", "<fetch-mail>", auth="apop")
    same_mbox("second run", mbox(fixture), three.messages)
    replied(fixture, 1, "LAST", "+OK 3")
    never_sent(fixture, 1, "RETR")
    four = maildrops.Maildrop((*three.messages, maildrops.EIGHT_BIT))
    fixture.deliver("three", four.piece(4))
    mutt(fixture, "three", "<fetch-mail>", auth="apop")
    same_mbox("third run", mbox(fixture), four.messages)
    left_on_disk(fixture, "three", four)


@case("mutt", "opened as a folder: all piped out, message 2 deleted")
def folder(fixture):
    agent, inbox = delivery_agent(fixture)
    three = maildrops.ALL["three"]
    url = f"pop://three@127.0.0.1:{fixture.port}/"
    pipe = f"<tag-pattern>~A<enter><tag-prefix><pipe-message>{agent} {inbox}<enter>"
    mutt(fixture, "three", pipe + "<jump>2<enter><delete-message><quit>", folder=url)
    same_messages("piped", files(inbox), three.messages)
    sent(fixture, 0, "UIDL", "LIST", "TOP", "RETR", "DELE", "QUIT")
    left_on_disk(fixture, "three", three, deleted=(2,))
