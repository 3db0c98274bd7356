"""telnet, typed into through expect: whole sessions, compared with all that the terminal showed."""

import re
from pathlib import Path

import maildrops
from cases import case, left_on_disk, same

SCRIPT = Path(__file__).with_name("telnet.exp")
FRAME = [
    "Trying 127.0.0.1...",
    "Connected to 127.0.0.1.",
    "Escape character is '^]'.",
    "+OK dewey POP3 server ready <stamp>",
]
FAREWELL = ["Connection closed by foreign host.", ""]

# The example session of the memo (pp. 13, 14), with the mistakes that a first session at the keyboard makes.
MEMO = """\
C: USER frated
S: -ERR sorry, frated doesn't get his mail here
C: USER mrose
S: +OK mrose is a real hoopy frood
C: PASS guess
S: -ERR invalid password
C: user mrose
S: +OK mrose is a real hoopy frood
C: PASS secret
S: +OK mrose's maildrop has 2 messages (320 octets)
C: STAT
S: +OK 2 320
C: LIST
S: +OK 2 messages (320 octets)
S: 1 120
S: 2 200
S: .
C: LIST 3
S: -ERR no such message, only 2 messages in maildrop
C: LAST
S: +OK 0
C: RETR 1
S: +OK 120 octets
{one}
S: .
C: DELE 1
S: +OK message 1 deleted
C: RSET
S: +OK maildrop has 2 messages (320 octets)
C: LAST
S: +OK 0
C: DELE 1
S: +OK message 1 deleted
C: RETR 2
S: +OK 200 octets
{two}
S: .
C: NOOP
S: +OK
C: LAST
S: +OK 2
C: DELE 2
S: +OK message 2 deleted
C: DELE 2
S: -ERR message 2 already deleted
C: QUIT
S: +OK dewey POP3 server signing off (maildrop empty)
"""

# Lines of dots arrive stuffed; TOP shows headers, empty line and two lines of the body.
DOTS = """\
C: USER three
S: +OK three is a real hoopy frood
C: PASS secret
S: +OK three's maildrop has 3 messages ({octets} octets)
C: RETR 1
S: +OK {first} octets
{dots}
S: .
C: TOP 3 2
S: +OK
{top}
S: .
C: QUIT
S: +OK dewey POP3 server signing off (3 messages left)
"""


def stuffed(octets):
    """A message as the dialogue shows it, with the dots that the wire adds."""
    lines = octets.decode().removesuffix("\r\n").split("\r\n")
    return "\n".join("S: " + ("." + line if line.startswith(".") else line) for line in lines)


def type_in(fixture, dialogue):
    """Type the C: lines; fail unless the terminal showed exactly this dialogue."""
    log = fixture.home / "terminal"
    fixture.run("expect", "-f", SCRIPT, "127.0.0.1", str(fixture.port), fixture.write("dialogue", dialogue), log)
    shown = re.sub(r"<[^<>\n]+@dewey>", "<stamp>", log.read_bytes().decode()).split("\r\n")
    same("the terminal", shown, FRAME + [line[3:] for line in dialogue.splitlines()] + FAREWELL)


@case("telnet", "the memo's example session, with mistakes")
def memo(fixture):
    one, two = maildrops.ALL["mrose"].messages
    type_in(fixture, MEMO.format(one=stuffed(one.octets), two=stuffed(two.octets)))
    left_on_disk(fixture, "mrose", maildrops.ALL["mrose"], deleted=(1, 2))


@case("telnet", "dot lines, TOP")
def dots(fixture):
    three = maildrops.ALL["three"]
    first, _, third = three.messages
    values = dict(octets=three.octets(), first=len(first.octets), dots=stuffed(first.octets), top=stuffed(third.top(2)))
    type_in(fixture, DOTS.format(**values))
    left_on_disk(fixture, "three", three)
