"""Three writers, sessions that fetch and delete, and kill -9 at random among them.

The writers are `pop1081 deliver`, `cat` under flock(1), and one plain `cat` with pauses;
sessions (of inetd) list everything, compare each message octet for octet, delete some, and
QUIT. Sessions and deliveries are killed at random moments, in QUIT above all.

Wanted: each message that was sent for certain is fetched or still there, exactly once, none
garbled. What counts as fetched is in `ledger`. A killed delivery is made again as a new
message, its first attempt may be there once or not at all; one that exits with 75 is made
again as the same message. Only sent messages are counted, never those attempts.

Plain cat takes no lock, and the design leaves it two gaps, each between two calls that
follow each other at once: a message that comes between UPDATE's last look at the size and
its truncation is lost; one whose write is under way while a delivery looks at the end gets
empty lines behind it. At some seventy UPDATEs a second a gap of 2 us meets about one of
10,000 such messages. So up to EXPOSED messages of plain cat, and of nobody else, may have
met with that; the note names them. Everything else has to be perfect.
"""

import random
import threading
import time
from dataclasses import dataclass

from lib.pop import Closed, Refused
from support import foreign
from support.compare import inode
from support.ledger import Ledger
from support.maildrop import NAME, PASSWORD, TO_QUOTE, Maildrop, letter, retrieved
from support.programs import Inetd, ended, deliver_process
from support.prover import Outcome

KILLED = -9
ATTEMPTS = 100
LARGE = 200_000
EXPOSED = 3  # or one of 1,000
PAUSE = 0.004  # seconds, the mean between two messages of plain cat


@dataclass(frozen=True)
class Size:
    messages: int
    kills: int
    fetchers: int = 2


FULL = Size(messages=12_000, kills=600)
QUICK = Size(messages=2_400, kills=120)


def run(prover):
    """One line of the table; its points are the messages sent."""
    size = QUICK if prover.quick else FULL
    started = time.monotonic()
    with prover.directory() as directory:
        chaos = Chaos(prover.binary, directory / "Users", size, prover.seed)
        chaos.play()
        failures = chaos.verdict()
    seconds = time.monotonic() - started
    yield Outcome("chaos", chaos.ledger.delivered, failures, seconds, chaos.note())


class Chaos:
    def __init__(self, binary, users, size, seed):
        self.binary, self.users, self.size, self.seed = binary, users, size, seed
        self.ledger = Ledger()
        self.kills = {"session": 0, "delivery": 0}
        self.sessions = self.left = self.unfinished = 0
        self.exposed = set()  # words of plain cat's messages that met a gap
        self.lock = threading.Lock()
        self.sending = threading.Event()
        Maildrop(f"{PASSWORD}\n".encode(), ()).write(users)
        self.inode = inode(users)

    def play(self):
        """Everything at once, until the writers are done; then one quiet last look."""
        each = self.size.messages // 3
        ways = {"deliver": self.deliver, "flock": self.under_flock, "cat": self.plain_cat}
        writers = [threading.Thread(target=self.write, args=(n, w, each)) for n, w in ways.items()]
        fetchers = [
            threading.Thread(target=self.fetch, args=(f"{self.seed} fetcher {n}",))
            for n in range(self.size.fetchers)
        ]
        for thread in (*writers, *fetchers):
            thread.start()
        for thread in writers:
            thread.join()
        self.sending.set()
        for thread in fetchers:
            thread.join()
        self.last_look()

    # writers

    def write(self, how, way, count):
        dice = random.Random(f"{self.seed} {how}")
        try:
            for number in range(count):
                word = f"{how}{number}"
                self.ledger.sending(word, how)
                self.ledger.is_there(way(word, dice))
        except Exception as failure:
            self.ledger.found_wrong(f"writer {how}: {type(failure).__name__}: {failure}")

    def deliver(self, word, dice):
        """Until it is delivered for certain, under a new name after a kill."""
        first = word
        for attempt in range(1, ATTEMPTS):
            process, log = deliver_process(self.binary, self.users, text_of(word))
            if dice.random() < 0.15:
                time.sleep(dice.uniform(0, 0.006))
                process.kill()
            status = ended(process)
            if status == 0:
                return word
            if status == KILLED:
                self.count("delivery")
                self.ledger.may_be_there(word)
                word = f"{first}x{attempt}"
                self.ledger.sending(word, "deliver")
            elif status != 75:
                raise RuntimeError(f"deliver gave {status}: {log.text()[:200]}")
        raise RuntimeError(f"{ATTEMPTS} deliveries of one message were in vain")

    def under_flock(self, word, _):
        if not foreign.append_under_flock(self.users, raw_of(word)):
            raise RuntimeError("flock and cat failed")
        return word

    def plain_cat(self, word, dice):
        time.sleep(dice.expovariate(1 / PAUSE))
        if not foreign.append_lockless(self.users, raw_of(word)):
            raise RuntimeError("cat failed")
        return word

    def count(self, what):
        with self.lock:
            self.kills[what] += 1

    # sessions

    def fetch(self, seed):
        dice = random.Random(seed)
        while not self.sending.is_set():
            try:
                self.session(dice, killing=dice.random() < 0.4)
            except Exception as failure:
                self.ledger.found_wrong(f"session: {type(failure).__name__}: {failure}")
                return

    def session(self, dice, killing=False, share=0.7):
        """One session; `killing` it at a random moment, in QUIT more often than not."""
        before = self.ledger.before_login()
        moment = dice.choice(("login", "retr", "quit", "quit", "quit")) if killing else None
        with Inetd(self.binary, self.users) as session:
            try:
                self.converse(session, dice, moment, share, before)
            except Closed as closed:
                if ended(session.process) != KILLED:
                    self.ledger.found_wrong(f"a session closed: {closed} {session.log.text()[:200]}")
            if ended(session.process) == KILLED:
                self.count("session")
        for panic in session.log.panics():
            self.ledger.found_wrong(panic)

    def converse(self, session, dice, moment, share, before):
        client = session.client
        session.greeting()
        client.must(f"USER {NAME}")
        client.send(f"PASS {PASSWORD}")
        if moment == "login":
            self.kill_soon(session, dice, 0.002)
        reply = client.line()
        if "[IN-USE]" in reply:
            return client.command("QUIT")
        if not reply.startswith("+OK"):
            raise Refused(f"PASS: {reply}")
        since = self.ledger.after_login()
        if moment == "retr":
            self.kill_soon(session, dice, 0.0005)
        count = client.count()
        words = [self.read(client.retr(n), n == count) for n in range(1, count + 1)]
        self.ledger.listed([word for word in words if word], before, since)
        with self.lock:
            self.sessions += 1
            self.left = len(words)
        return self.quit(session, dice, moment, share, words)

    def quit(self, session, dice, moment, share, words):
        chosen = {n: word for n, word in enumerate(words, 1) if word and dice.random() < share}
        for number in chosen:
            session.client.must(f"DELE {number}")
        quitting = self.ledger.quitting(chosen.values())
        session.client.send("QUIT")
        if moment == "quit":
            self.kill_soon(session, dice, 0.004)
        reply = session.client.line()
        if reply.startswith("+OK"):
            self.ledger.confirmed(quitting)
        else:
            self.ledger.found_wrong(f"QUIT: {reply}")

    def kill_soon(self, session, dice, latest):
        time.sleep(dice.uniform(0, latest))
        session.kill()

    def read(self, octets, last):
        """The word of a message that is as it was sent, None for any other.

        The last one may be one of plain cat's that is still being written.
        """
        first = octets.split(b"\r\n", 1)[0]
        word = first.removeprefix(b"Subject: ").decode("latin-1")
        expected = retrieved(raw_of(word))
        if last and word.startswith("cat") and expected.startswith(octets[:-2]):
            with self.lock:
                self.unfinished += octets != expected
            return word if octets == expected else None
        if word.startswith("cat") and octets in (expected + b"\r\n", expected + b"\r\n\r\n"):
            self.exposed.add(word)
            return word
        if octets != expected:
            start, end = octets[:60], octets[-60:]
            self.ledger.found_wrong(f"garbled: {start!r} … {end!r}, {len(octets)} octets")
            return None
        return word

    def last_look(self):
        """Nobody writes or kills any more: what is left."""
        self.session(random.Random(0), share=0.0)
        left = self.left
        self.session(random.Random(0), share=1.0)
        self.session(random.Random(0), share=1.0)
        if self.left:
            self.ledger.found_wrong(f"{self.left} messages left after all were deleted")
        self.left = left

    def note(self):
        kills, exposed = self.kills, sorted(self.exposed)
        return "; ".join(
            (
                f"{kills['session']} sessions and {kills['delivery']} deliveries killed",
                f"{self.sessions} sessions",
                f"{len(self.ledger.fetched)} fetched and {self.left} left at the end",
                f"plain cat met in the middle of its write {self.unfinished} times",
                f"plain cat's messages in its open gaps {len(exposed)} {exposed or ''}",
            )
        )

    def verdict(self):
        """Everything that is wrong."""
        ledger, wrong = self.ledger, list(self.ledger.wrong)
        lost = sorted(ledger.lost.items())
        self.exposed |= {word for word, how in lost if how == "cat"}
        wrong += [f"lost: {word}, sent by {how}" for word, how in lost if how != "cat"]
        if len(self.exposed) > max(EXPOSED, self.size.messages // 3 // 1000):
            wrong.append(f"too many of plain cat's lost or changed: {sorted(self.exposed)}")
        wrong += [f"neither fetched nor there: {word}" for word in sorted(ledger.certain)]
        if inode(self.users) != self.inode:
            wrong.append("the maildrop's inode was replaced")
        if sum(self.kills.values()) < self.size.kills:
            wrong.append(f"only {sum(self.kills.values())} kills")
        return wrong


def text_of(word):
    """The message of this word; a few of those that are delivered are large."""
    spread = random.Random(word)
    octets = spread.choice((0, 100, 300, 1000, 3000))
    large = word.startswith("deliver") and spread.random() < 0.03
    return letter(word.encode(), LARGE if large else octets)


def raw_of(word):
    quoted = TO_QUOTE.sub(rb">\1", text_of(word))
    return b"From chaos@proof Sat Nov 12 08:00:00 1988\n" + quoted + b"\n"
