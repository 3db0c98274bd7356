"""A mail program of the nineties that leaves mail on the server, as Eudora did: it asks LAST, believes the answer if it
is not 0, and fetches only the messages above it. With 0 it looks for a header `Status: R`, from the newest down."""

import random

import maildrops
from cases import case, replied, same
from clients.python_poplib import fetched, login

SESSIONS = 24


class FirstUnread:
    """The program and its mailbox: what it has stored, in the order of arrival, and which of it is still on the server."""

    def __init__(self, fixture, user):
        self.fixture, self.user = fixture, user
        self.stored = []
        self.on_server = []

    def session(self, delete=lambda messages: ()):
        """Fetch what is new, then delete what the person threw away; `delete` chooses among the messages there."""
        client = login(self.fixture, self.user)
        count, _ = client.stat()
        first = self.first_unread(client, count)
        same("messages it has, of those there", self.on_server[: first - 1], self.on_server)
        for number in range(first, count + 1):
            self.on_server.append(fetched(client, number))
            self.stored.append(self.on_server[-1])
        thrown = set(delete(self.on_server))
        for number in sorted(thrown):
            client.dele(number)
        self.on_server = [m for number, m in enumerate(self.on_server, 1) if number not in thrown]
        client.quit()

    @staticmethod
    def first_unread(client, count):
        last = int(client._shortcmd("LAST").split()[1])
        if last:
            return last + 1
        seen = (number for number in range(count, 0, -1) if any(map(is_seen, client.top(number, 0)[1])))
        return next(seen, 0) + 1


def is_seen(line):
    return line.startswith(b"Status:") and b"R" in line


def letter(number):
    return maildrops.message(f"letter {number}", [f"This is letter {number}.".encode(), b".", b""])


@case("FirstUnread", f"{SESSIONS} sessions with deletions: none skipped, none twice")
def believes_last(fixture):
    chance = random.Random(1081)
    sent = []

    def deliver(how_many):
        for _ in range(how_many):
            sent.append(letter(len(sent) + 1).octets)
            piece = maildrops.Maildrop((letter(len(sent)),)).piece(1)
            fixture.deliver("empty", piece)

    def some(messages):
        return [number for number in range(1, len(messages) + 1) if chance.random() < 0.4]

    # No deletion; all of what is there; the last; the first; none but the last; then any.
    first = [lambda m: (), lambda m: range(1, len(m) + 1), lambda m: [len(m)], lambda m: [1], lambda m: range(1, len(m))]
    program = FirstUnread(fixture, "empty")
    for turn in range(SESSIONS):
        deliver(3 if turn < len(first) else chance.randrange(4))
        program.session(first[turn] if turn < len(first) else some)
        same(f"stored after session {turn + 1}", program.stored, sent)
    program.session(lambda messages: range(1, len(messages) + 1))
    same("stored in the end", program.stored, sent)
    same("left on the server", fixture.on_disk("empty"), maildrops.ALL["empty"].on_disk())


@case("FirstUnread", "a connection lost before QUIT: nothing skipped, LAST as before")
def connection_lost(fixture):
    three = maildrops.ALL["three"]
    lost = login(fixture, "three")
    for number in three.numbers():
        fetched(lost, number)
    lost.dele(1)
    lost.close()
    for proxy in fixture.proxies:
        proxy.finish()
    program = FirstUnread(fixture, "three")
    program.session()
    replied(fixture, 1, "LAST", "+OK 0")
    same("stored", program.stored, [message.octets for message in three.messages])
