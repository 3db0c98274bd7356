"""The maildrops that the clients fetch from: odd messages, and how a Users file holds them."""

import re
from dataclasses import dataclass

PASSWORD = "secret"
SEPARATOR = b"From sender@example.org Tue Nov  1 09:00:00 1988"


@dataclass(frozen=True)
class Message:
    """One message, as the octets that a client must end up with: every line ends in CRLF."""

    name: str
    octets: bytes

    def top(self, lines):
        """What TOP shows: the headers, the empty line, and so many lines of the body."""
        header, empty, body = self.octets.partition(b"\r\n\r\n")
        if not empty:
            return self.octets
        return header + empty + b"".join(body.splitlines(keepends=True)[:lines])


@dataclass(frozen=True)
class Maildrop:
    """Messages, and the convention of line ends by which the host keeps them on disk."""

    messages: tuple
    line_end: bytes = b"\n"
    last_line_ends: bool = True
    password: str = PASSWORD

    def on_disk(self, without=()):
        """The Users file, or what must be left of it once the messages numbered in `without` are deleted."""
        pieces = [self.piece(number) for number in self.numbers() if number not in without]
        return self.password.encode() + self.line_end + b"".join(pieces)

    def piece(self, number):
        """Separator line, quoted message and the empty line after it, as delivery writes them."""
        body = quoted(self.messages[number - 1].octets)
        if number == len(self.messages) and not self.last_line_ends:
            written = SEPARATOR + b"\r\n" + body.removesuffix(b"\r\n")
        else:
            written = SEPARATOR + b"\r\n" + body + b"\r\n"
        return written.replace(b"\r\n", self.line_end)

    def numbers(self):
        return range(1, len(self.messages) + 1)

    def octets(self):
        return sum(len(message.octets) for message in self.messages)


def quoted(octets):
    """The mboxrd rule: a line of any number of `>` and then `From ` gets one more `>`."""
    return re.sub(rb"(?m)^(>*From )", rb">\1", octets)


def message(name, body, subject=None):
    """A message with ordinary headers; `body` None leaves out even the empty line that would end them."""
    headers = [
        b"From: Marshall Rose <mrose@example.org>",
        b"To: postmaster@example.org",
        b"Date: Tue, 01 Nov 1988 09:00:00 +0000",
        b"Message-ID: <" + name.replace(" ", "-").encode() + b"@example.org>",
        b"Subject: " + (subject or name.encode()),
    ]
    lines = headers if body is None else headers + [b""] + body
    return Message(name, b"".join(line + b"\r\n" for line in lines))


def sized(name, octets):
    """A small message of exactly so many octets."""
    head = f"Subject: {name}\r\n\r\n".encode()
    return Message(name, head + b"x" * (octets - len(head) - 2) + b"\r\n")


DOTS = message("dot lines", [b".", b"..", b".hidden", b"...", b"in.the.middle", b"", b".", b". "])
FROMS = message(
    "From lines",
    [
        b"From the first line on",
        b">From once",
        b">>From twice",
        b"",
        b"From after an empty line",
        b"> From with a space",
    ],
)
EIGHT_BIT = message(
    "eight bit",
    [b"UTF-8: gr\xc3\xbc\xc3\x9fe", b"Latin-1: gr\xfc\xdfe", bytes(range(0x80, 0x100)), b"\xff\xfe"],
    subject="grüße".encode(),
)
MEGABYTE = message("one megabyte", [b"%06d " % n + b"abcdefghi " * 6 + b"." for n in range(15_000)])
EMPTY_BODY = message("empty body", [])
HEADERS_ONLY = message("headers only", None)
TRAILING = message("empty lines at the end", [b"two empty lines follow", b"", b""])
LAST_LINE = message("no end of last line", [b"on disk this line has no end"])

NUL = message("nul octet", [b"before\x00after", b"\x00", b".\x00"])
LONE_CR = message("lone carriage return", [b"before\rafter", b"\r\r end"])
NO_HEADERS = Message("no headers", b"\r\nonly a body\r\n")
NOTHING = Message("no octets", b"")

ODD = (DOTS, FROMS, EIGHT_BIT, MEGABYTE, EMPTY_BODY, HEADERS_ONLY, TRAILING, LAST_LINE)

ALL = {
    # the memo's own example: 2 messages, 120 and 200 octets
    "mrose": Maildrop((sized("one", 120), sized("two", 200))),
    "odd": Maildrop(ODD, last_line_ends=False),
    "crlf": Maildrop(ODD, line_end=b"\r\n", last_line_ends=False),
    "nul": Maildrop((NUL,)),
    "strange": Maildrop((LONE_CR, NO_HEADERS, NOTHING, NUL)),
    "three": Maildrop((DOTS, EMPTY_BODY, FROMS)),
    "spaced": Maildrop((DOTS,), password=" open  sesame "),
    "empty": Maildrop(()),
}
