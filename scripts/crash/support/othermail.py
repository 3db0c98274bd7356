"""The mail of other programs, which append without any lock."""

import os
import time
from dataclasses import dataclass

from .maildrop import NAME, SENDER, delivered, raw_message, retrieved, text_of, undated

CHUNK = 128 * 1024  # what cat writes at once


@dataclass(frozen=True)
class OtherMail:
    """What is appended, and what RETR must give of it."""

    raw: bytes
    slack: int = 0  # so many empty lines it puts behind the message before

    def message(self):
        return undated(retrieved(self.raw.removeprefix(b"\n")))


def other_mail(kind, action):
    """Mail of this kind, while this action is under way."""
    whole = raw_message(9, b"from another program")
    if kind == "well-formed":
        return OtherMail(whole)
    if kind == "without its empty line":
        return OtherMail(whole[:-1])
    if kind == "without a line end":
        return OtherMail(whole[:-2])
    if kind == "an empty line first":
        return OtherMail(b"\n" + whole, slack=1)
    if kind == "the same text":
        return OtherMail(same_text(action))
    return OtherMail(raw_message(9, text_of(300_000, b"other")))


KINDS = (
    "well-formed",
    "without its empty line",
    "without a line end",
    "an empty line first",
    "the same text",
    "300 kB",
)


def same_text(action):
    """The very octets of what is being removed, or delivered at this moment."""
    if action.text():
        now = time.strftime("%a %b %e %H:%M:%S %Y", time.gmtime()).encode()
        text = delivered(action.text()).split(b"\n", 1)[1]
        return b"From " + SENDER.encode() + b" " + now + b"\n" + text
    messages = action.start().messages
    return messages[(action.removed() or (6,))[-1] - 1]


def append(users, raw):
    """As cat does it; an error, such as of a full disk, is the caller's."""
    descriptor = os.open(users / NAME, os.O_WRONLY | os.O_APPEND)
    try:
        while raw:
            raw = raw[os.write(descriptor, raw[:CHUNK]) :]
    finally:
        os.close(descriptor)
