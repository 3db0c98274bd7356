"""Reading back what a client has stored: a directory of files in order of arrival, or an mbox."""

import re

from fixture import Failure
from cases import same

MBOX_SEPARATOR = re.compile(rb"From \S+ [A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\n")
STORE = """#!/bin/sh
# A delivery agent: one file per message, named in order of arrival.
cat > "$1/$(printf %04d "$(ls "$1" | wc -l)")"
"""


def delivery_agent(fixture, finally_do=""):
    """A command that stores its standard input, and the directory that it takes as its argument."""
    inbox = fixture.home / "inbox"
    inbox.mkdir()
    return fixture.write("store", STORE + finally_do, mode=0o700), inbox


def files(directory):
    return [path.read_bytes() for path in sorted(directory.iterdir())]


def empty(directory):
    for path in directory.iterdir():
        path.unlink()


def without_header(what, messages, pattern):
    """Take off the header that a client adds at the very start; it must be there, once, and look like this."""
    stripped = []
    for octets in messages:
        added = re.match(pattern, octets)
        if not added:
            raise Failure(f"{what}: no added header as expected before {octets[:200]!r}")
        stripped.append(octets[added.end() :])
    return stripped


def same_mbox(what, octets, messages, quote=lambda octets: octets, added=rb""):
    """Fail unless the mbox is exactly these messages: separator, added header, message, empty line."""
    at = 0
    for message in messages:
        separator = re.compile(MBOX_SEPARATOR.pattern + added).match(octets, at)
        if not separator:
            raise Failure(f"{what}: no separator before `{message.name}`, but {octets[at:at + 200]!r}")
        expected = quote(message.octets).replace(b"\r\n", b"\n") + b"\n"
        at = separator.end() + len(expected)
        same(f"{what}: message `{message.name}`", octets[separator.end() : at], expected)
    same(f"{what}: octets after the last message", octets[at:], b"")
