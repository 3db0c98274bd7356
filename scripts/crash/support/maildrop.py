"""The maildrop as the proofs expect it: a small model of one `Users/NAME` file.

A maildrop is its password line and a list of raw messages. A raw message is its
separator line, its text, and the empty line that ends it (the last one may lack that).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

REMEMBERED = 64  # texts that are not made anew every time

NAME = "mrose"
PASSWORD = "secret"
SENDER = "crash@proof"

# A delivery writes the time of day into its separator line; the proofs look through it.
DELIVERED = re.compile(
    rb"^From crash@proof [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$", re.M
)
UNDATED = b"From crash@proof @DATE@"
QUOTED = re.compile(rb"^>(>*From )", re.M)
TO_QUOTE = re.compile(rb"^(>*From )", re.M)


@dataclass(frozen=True)
class Maildrop:
    password_line: bytes
    messages: tuple  # of raw messages (bytes)

    def raw(self):
        """The octets of the file, the date of a delivery left out."""
        return undated(self.password_line + b"".join(self.messages))

    def without(self, numbers):
        """The maildrop after a QUIT that deleted these message numbers."""
        kept = [m for n, m in enumerate(self.messages, 1) if n not in numbers]
        return Maildrop(self.password_line, tuple(kept))

    def with_raw(self, raw):
        """The maildrop after another writer appended a complete raw message."""
        return Maildrop(self.password_line, self.messages + (raw,))

    def with_delivery(self, text):
        """The maildrop after `pop1081 deliver -f crash@proof` of this text."""
        messages = list(self.messages)
        if messages:
            messages[-1] = ended(messages[-1])
        return Maildrop(self.password_line, (*messages, delivered(text)))

    def retrieved(self):
        """What RETR gives for each message, stuffing taken off."""
        return [retrieved(m) for m in self.messages]

    def write(self, users):
        """Make `Users/NAME` in the directory `users` hold this maildrop."""
        users = Path(users)
        users.mkdir(exist_ok=True)
        path = users / NAME
        path.write_bytes(self.password_line + b"".join(self.messages))
        path.chmod(0o600)
        return path


def undated(raw):
    return DELIVERED.sub(UNDATED, raw) if SENDER.encode() in raw else raw


def ended(raw):
    """The raw message with the line end and the empty line that it may have lacked."""
    if not raw.endswith(b"\n"):
        raw += b"\n"
    return raw if raw.endswith(b"\n\n") else raw + b"\n"


@lru_cache(REMEMBERED)
def delivered(text):
    """The raw message that a delivery of `text` appends."""
    text = text if text.endswith(b"\n") else text + b"\n"
    return UNDATED + b"\n" + TO_QUOTE.sub(rb">\1", text) + b"\n"


@lru_cache(REMEMBERED)
def retrieved(raw):
    """RETR of a raw message: no separator line, no final empty line, CRLF, one `>` off."""
    text = raw.split(b"\n", 1)[1]
    if text.endswith(b"\n\n"):
        text = text[:-1]
    elif text == b"\n":
        text = b""
    if text and not text.endswith(b"\n"):
        text += b"\n"
    return QUOTED.sub(rb"\1", text).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def raw_message(number, body):
    head = f"From sender{number}@example Sat Nov 12 08:{number:02}:00 1988\n"
    return (head + f"Subject: message {number}\n\n").encode() + body + b"\n\n"


@lru_cache(REMEMBERED)
def sample(large=30_000):
    """Six messages: short, dot lines, quoted From, 8-bit and NUL, a large one, short."""
    bodies = [
        b"the first one",
        b".\n..\n.leading dots\n.",
        b">From the start\n>>From twice\nFrom here",
        bytes(range(128, 256)) + b"\x00lone \r carriage return",
        text_of(large, b"large"),
        b"the last one",
    ]
    messages = [raw_message(n, body) for n, body in enumerate(bodies, 1)]
    return Maildrop(f"{PASSWORD}\n".encode(), tuple(messages))


@lru_cache(REMEMBERED)
def text_of(octets, word):
    """About so many octets of text, each line different from every other."""
    lines, length, number = [], 0, 0
    while length < octets:
        lines.append(b"%s line %06d of a text that goes on and on" % (word, number))
        length += len(lines[-1]) + 1
        number += 1
    return b"\n".join(lines)


def letter(word, octets=300):
    """A message as it is handed to a delivery, with a line that must be quoted."""
    head = b"Subject: %s\nTo: mrose\n\nFrom me\n>From you\n" % word
    return head + text_of(octets, word) + b"\n"
