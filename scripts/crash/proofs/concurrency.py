"""Eight deliverers and four fetching sessions at once, on one standalone server.

Every message that was delivered must be fetched exactly once. A session that finds the
maildrop locked comes again; it lists everything, and deletes about half of it.
"""

import random
import threading
import time

from support.ledger import Ledger
from support.maildrop import NAME, PASSWORD, Maildrop, delivered, letter, retrieved
from support.programs import deliver, standalone
from support.prover import Outcome

DELIVERERS = 8
FETCHERS = 4
EACH = {True: 125, False: 500}  # messages of each deliverer, quick or not
TRIES = 100_000


def run(prover):
    """One line of the table; its points are the messages delivered."""
    started = time.monotonic()
    with prover.directory() as directory:
        users = directory / "Users"
        Maildrop(f"{PASSWORD}\n".encode(), ()).write(users)
        with standalone(prover.binary, users) as server:
            crowd = Crowd(prover, users, server)
            crowd.play()
        wrong = crowd.verdict() + server.log.panics()
    ledger, seconds = crowd.ledger, time.monotonic() - started
    note = f"{len(ledger.fetched)} fetched in {crowd.sessions} sessions; "
    note += f"{crowd.in_use} logins found the maildrop locked"
    yield Outcome("concurrency", ledger.delivered, wrong, seconds, note)


class Crowd:
    def __init__(self, prover, users, server):
        self.prover, self.users, self.server = prover, users, server
        self.each = EACH[prover.quick]
        self.ledger = Ledger()
        self.sessions = self.in_use = 0
        self.lock = threading.Lock()

    def play(self):
        jobs = [(self.deliver, n) for n in range(DELIVERERS)]
        jobs += [(self.fetch, n) for n in range(FETCHERS)]
        threads = [threading.Thread(target=self.guarded, args=job) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def guarded(self, work, number):
        try:
            work(number)
        except Exception as failure:
            self.ledger.found_wrong(f"{work.__name__}: {type(failure).__name__}: {failure}")

    def deliver(self, deliverer):
        for number in range(self.each):
            word = f"deliverer{deliverer}message{number}"
            self.ledger.sending(word, "deliver")
            status, log = deliver(self.prover.binary, self.users, letter(word.encode()))
            if status != 0:
                raise RuntimeError(f"exit {status}: {log.text()[:200]}")
            self.ledger.is_there(word)

    def fetch(self, fetcher):
        """Until everything is fetched, or something is wrong."""
        dice = random.Random(f"{self.prover.seed} fetcher {fetcher}")
        for _ in range(TRIES):
            if self.ledger.wrong or len(self.ledger.fetched) == DELIVERERS * self.each:
                return
            self.session(dice)
        raise RuntimeError(f"not everything was fetched in {TRIES} sessions")

    def session(self, dice):
        before = self.ledger.before_login()
        client = self.server.connect().greeted()
        try:
            client.must(f"USER {NAME}")
            reply = client.command(f"PASS {PASSWORD}")
            if "[IN-USE]" in reply:
                with self.lock:
                    self.in_use += 1
                time.sleep(dice.uniform(0.001, 0.01))
            else:
                self.read_and_quit(client, dice, before)
        finally:
            client.close()

    def read_and_quit(self, client, dice, before):
        since = self.ledger.after_login()
        words = [self.read(client.retr(n)) for n in range(1, client.count() + 1)]
        self.ledger.listed(words, before, since)
        chosen = {n: word for n, word in enumerate(words, 1) if dice.random() < 0.5}
        for number in chosen:
            client.must(f"DELE {number}")
        quitting = self.ledger.quitting(chosen.values())
        client.must("QUIT")
        self.ledger.confirmed(quitting)
        with self.lock:
            self.sessions += 1

    def read(self, octets):
        word = octets.split(b"\r\n", 1)[0].removeprefix(b"Subject: ").decode("latin-1")
        if octets != retrieved(delivered(letter(word.encode()))):
            raise RuntimeError(f"garbled: {octets[:80]!r}")
        return word

    def verdict(self):
        ledger = self.ledger
        lost = [f"lost: {word}" for word in sorted(ledger.lost)]
        there = [f"neither fetched nor there: {word}" for word in sorted(ledger.certain)]
        return [*ledger.wrong, *lost, *there]
