"""`pop1081 inetd` on what is no TCP socket: plain pipes; socat's socketpair, pipes and terminal, clients behind."""

import re
import subprocess

import maildrops
from fixture import HOSTNAME
from lib.server import announced_port
from cases import case, left_on_disk, same, same_messages
from clients import mpop, python_poplib
from stored import files
from transcript import Transcript

SOCAT_LISTENING = re.compile(rb"listening on AF=2 127\.0\.0\.1:(\d+)")


def start_socat(fixture, how):
    """socat runs `pop1081 inetd` for each connection, connected to it by a socketpair, pipes or a terminal."""
    program = f"EXEC:{fixture.binary} inetd --users {fixture.users} --hostname {HOSTNAME}{how}"
    socat = fixture.spawn(["socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork", program], stderr=subprocess.PIPE)
    fixture.record(announced_port(socat.stderr, SOCAT_LISTENING))


def through_socat(fixture, how):
    """mpop, which pipelines, and poplib, octet for octet; RPOP is refused, since there is no TCP peer."""
    start_socat(fixture, how)
    box, odd = mpop.maildir(fixture), maildrops.ALL["odd"]
    mpop.mpop(fixture, "odd", f"maildir {box}")
    same_messages("odd", files(box / "new"), odd.messages)
    left_on_disk(fixture, "odd", odd, deleted=odd.numbers())
    python_poplib.trust(fixture)
    client = python_poplib.connect(fixture)
    client.user("mrose")
    same("rpop", python_poplib.refusal(client.rpop, "student"), b"-ERR permission denied, RPOP needs a port below 1024")
    client.quit()


@case("socat", "EXEC, socketpair: mpop, poplib", serve=False)
def socketpair(fixture):
    through_socat(fixture, "")


@case("socat", "EXEC, pipes: mpop, poplib", serve=False)
def pipes(fixture):
    through_socat(fixture, ",pipes")


@case("socat", "EXEC, terminal: mpop, poplib", serve=False)
def terminal(fixture):
    through_socat(fixture, ",pty,raw,echo=0")


@case("pipe", "printf commands | pop1081 inetd > replies", serve=False)
def plain(fixture):
    typed = b"USER mrose\r\nPASS secret\r\nRETR 2\nDELE 2\r\nQUIT\r\n"
    two = maildrops.ALL["mrose"].messages[1].octets
    expected = (
        b"+OK mrose is a real hoopy frood\r\n+OK mrose's maildrop has 2 messages (320 octets)\r\n"
        b"+OK 200 octets\r\n" + two + b".\r\n+OK message 2 deleted\r\n"
        b"+OK dewey POP3 server signing off (1 message left)\r\n"
    )
    replies = fixture.run(fixture.binary, "inetd", "--users", fixture.users, "--hostname", HOSTNAME, stdin=typed)
    greeting, _, rest = replies.partition(b"\r\n")
    same("greeting", greeting[:28], b"+OK dewey POP3 server ready ")
    same("replies", rest, expected)
    left_on_disk(fixture, "mrose", maildrops.ALL["mrose"], deleted=(2,))
    fixture.unrecorded.append(Transcript.of(typed, replies))
