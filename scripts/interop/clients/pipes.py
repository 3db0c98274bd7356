"""`pop1081 inetd` on what is no TCP socket: plain pipes; socat's socketpair, pipes and terminal, clients behind."""

import re
import subprocess

import maildrops
from bench import HOSTNAME, announced_port
from cases import case, left_on_disk, same, same_messages
from clients import mpop, python_poplib
from stored import files
from transcript import Transcript

SOCAT_LISTENING = re.compile(rb"listening on AF=2 127\.0\.0\.1:(\d+)")


def start_socat(bench, how):
    """socat runs `pop1081 inetd` for each connection, connected to it by a socketpair, pipes or a terminal."""
    program = f"EXEC:{bench.binary} inetd --users {bench.users} --hostname {HOSTNAME}{how}"
    socat = bench.spawn(["socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork", program], stderr=subprocess.PIPE)
    bench.record(announced_port(socat.stderr, SOCAT_LISTENING))


def through_socat(bench, how):
    """mpop, which pipelines, and poplib, octet for octet; RPOP is refused, since there is no TCP peer."""
    start_socat(bench, how)
    box, odd = mpop.maildir(bench), maildrops.ALL["odd"]
    mpop.mpop(bench, "odd", f"maildir {box}")
    same_messages("odd", files(box / "new"), odd.messages)
    left_on_disk(bench, "odd", odd, deleted=odd.numbers())
    python_poplib.trust(bench)
    client = python_poplib.connect(bench)
    client.user("mrose")
    same("rpop", python_poplib.refusal(client.rpop, "student"), b"-ERR permission denied")
    client.quit()


@case("socat", "EXEC, socketpair: mpop, poplib", serve=False)
def socketpair(bench):
    through_socat(bench, "")


@case("socat", "EXEC, pipes: mpop, poplib", serve=False)
def pipes(bench):
    through_socat(bench, ",pipes")


@case("socat", "EXEC, terminal: mpop, poplib", serve=False)
def terminal(bench):
    through_socat(bench, ",pty,raw,echo=0")


@case("pipe", "printf commands | pop1081 inetd > replies", serve=False)
def plain(bench):
    typed = b"USER mrose\r\nPASS secret\r\nRETR 2\nDELE 2\r\nQUIT\r\n"
    two = maildrops.ALL["mrose"].messages[1].octets
    expected = (
        b"+OK mrose is a real hoopy frood\r\n+OK mrose's maildrop has 2 messages (320 octets)\r\n"
        b"+OK 200 octets\r\n" + two + b".\r\n+OK message 2 deleted\r\n"
        b"+OK dewey POP3 server signing off (1 message left)\r\n"
    )
    replies = bench.run(bench.binary, "inetd", "--users", bench.users, "--hostname", HOSTNAME, stdin=typed)
    greeting, _, rest = replies.partition(b"\r\n")
    same("greeting", greeting[:28], b"+OK dewey POP3 server ready ")
    same("replies", rest, expected)
    left_on_disk(bench, "mrose", maildrops.ALL["mrose"], deleted=(2,))
    bench.unrecorded.append(Transcript.of(typed, replies))
