"""The accounts of the day: every message that was sent to every user must be fetched, or be there, once and whole."""

import re
import threading

from .tree import USERS, Wrong

BODY = "This is message {number}.\r\nFrom here on it goes\r\n.\r\nand ends.\r\n{padding}"
TEXT = "From: ann@example.org\r\nTo: pupils@dewey.example\r\nSubject: message {number}\r\nMessage-ID: <day-{number}@example.org>\r\n\r\n{body}"
KNOWN_BY = re.compile(rb"(?mi)^Message-ID: <day-(\d+)@example\.org>\r?$")


class Ledger:
    def __init__(self):
        self.bodies = {}  # by number, with LF
        self.sent = set()  # (number, user)
        self.fetched = []
        self.guard = threading.Lock()

    def write(self, users, octets=0):
        """A new message for these users, of at least so many octets."""
        with self.guard:
            number = len(self.bodies) + 1
            self.bodies[number] = b""
        padding = "".join(f"{line:07} of the lines of a long message, all alike\r\n" for line in range(octets // 50))
        body = BODY.format(number=number, padding=padding)
        self.bodies[number] = body.encode().replace(b"\r\n", b"\n")
        self.sent |= {(number, user) for user in users}
        return self.text(number)

    def text(self, number):
        """The message as it is handed over."""
        body = self.bodies[number].decode().replace("\n", "\r\n")
        return TEXT.format(number=number, body=body).encode()

    def receive(self, user, messages):
        """What a client of this user has fetched and the server has removed."""
        with self.guard:
            for message in messages:
                self.fetched.append((self.recognized(user, message), user))
        return len(messages)

    def recognized(self, user, message):
        """Its number; it must have the octets with which it was sent."""
        text = message.replace(b"\r\n", b"\n")
        number = KNOWN_BY.search(text)
        if not number:
            raise Wrong(f"{user} has a message that nobody sent: {message[:300]!r}")
        head, _, body = text.partition(b"\n\n")
        if body.rstrip(b"\n") != self.bodies[int(number[1])].rstrip(b"\n"):
            raise Wrong(f"message {int(number[1])} of {user} is not whole: {body[:300]!r}")
        return int(number[1])

    def in_maildrop(self, user):
        """What is in the file of this user, read without the server."""
        octets = (USERS / user).read_bytes()
        parts = re.split(rb"(?m)^From [^\n]*\n", octets.split(b"\n", 1)[1])[1:]
        messages = [re.sub(rb"(?m)^>(>*From )", rb"\1", part.removesuffix(b"\n")) for part in parts]
        return [(self.recognized(user, message), user) for message in messages]

    def settle(self, users):
        """Compare; gives how many were fetched and how many are there."""
        there = [entry for user in users for entry in self.in_maildrop(user)]
        self.compare(self.fetched + there)
        for wrong in (self.fetched[1:] + there, self.fetched + there[:1] + there, self.fetched + there + [(0, users[0])]):
            self.must_be_noticed(wrong)
        return len(self.fetched), len(there)

    def compare(self, found):
        lost, strange = self.sent - set(found), set(found) - self.sent
        twice = {entry for entry in found if found.count(entry) > 1}
        if lost or twice or strange:
            raise Wrong(f"lost {sorted(lost)}, twice {sorted(twice)}, never sent {sorted(strange)}")

    def must_be_noticed(self, found):
        """These accounts are not in order; whoever does not see that proves nothing."""
        try:
            self.compare(found)
        except Wrong:
            return
        raise Wrong("accounts with a message too few or too many pass for right")
