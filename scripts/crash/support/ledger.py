"""Books on every message that is sent: where it is, and whether that may be.

Sessions exclude each other, so what one session lists is the maildrop. Against each listing
the ledger holds what it knows: every message that was there for certain before the login is
listed unless it has been fetched since, none is listed twice, none comes back after it was
fetched, and of the messages that one QUIT was to remove either all are listed or none.

A message counts as fetched when its DELE was confirmed by the +OK of QUIT, or when a QUIT
that got no such answer turns out to have removed it.
"""

import threading
from dataclasses import dataclass


@dataclass(eq=False)
class Quitting:
    """The messages that one QUIT is to remove; `removed` is None until it is known."""

    words: frozenset
    removed: bool = None


class Ledger:
    def __init__(self):
        self._lock = threading.Lock()
        self.sent = {}  # word -> how it was sent
        self.certain = set()  # there for certain, and not known to be fetched
        self.fetched = set()
        self.doubtful = set()  # a killed delivery: there or not
        self.open = set()  # Quittings that nobody knows the outcome of
        self.delivered = 0
        self.wrong = []
        self.lost = {}  # word -> how it was sent

    def sending(self, word, how):
        with self._lock:
            self.sent[word] = how

    def is_there(self, word):
        """The message was sent for certain; it may even have been fetched already."""
        with self._lock:
            self.delivered += 1
            if word not in self.fetched:
                self.certain.add(word)

    def may_be_there(self, word):
        with self._lock:
            self.doubtful.add(word)

    def before_login(self):
        """To be handed to `listed`: what is there for certain before the login."""
        with self._lock:
            return set(self.certain)

    def after_login(self):
        """To be handed to `listed`: what other sessions have begun before this one."""
        with self._lock:
            return set(self.open), set(self.fetched)

    def listed(self, words, before, since):
        """Hold against the ledger what a session has listed."""
        known_open, known_fetched = since
        with self._lock:
            listed = set(words)
            self._check(len(listed) == len(words), f"listed twice: {repeated(words)}")
            back = listed & known_fetched
            self._check(not back, f"came back: {sorted(back)}")
            self._check(listed <= set(self.sent), f"unknown: {sorted(listed - set(self.sent))}")
            for quitting in known_open:
                self._resolve(quitting, listed)
            gone = before - listed - self.fetched - self.lost.keys()
            self._lose(gone)

    def _resolve(self, quitting, listed):
        still = quitting.words & listed
        partly = still and still != quitting.words
        self._check(not partly, f"a killed QUIT removed only some of {sorted(quitting.words)}")
        self._close(quitting, not still)

    def _close(self, quitting, removed):
        self.open.discard(quitting)
        contradicted = quitting.removed is not None and quitting.removed != removed
        self._check(not contradicted, f"a QUIT did two things with {sorted(quitting.words)}")
        quitting.removed = removed
        if removed:
            self.fetched |= quitting.words
            self.certain -= quitting.words
            self.doubtful -= quitting.words

    def _lose(self, gone):
        for word in gone:
            self.lost[word] = self.sent[word]
            self.certain.discard(word)

    def quitting(self, words):
        """To be called before QUIT is sent."""
        with self._lock:
            quitting = Quitting(frozenset(words))
            self.open.add(quitting)
            return quitting

    def confirmed(self, quitting):
        """QUIT was answered with +OK."""
        with self._lock:
            self._close(quitting, True)

    def found_wrong(self, what):
        """Something else is wrong; the same thing seen again is not told again."""
        with self._lock:
            self._check(what in self.wrong, what)

    def _check(self, holds, what):
        if not holds:
            self.wrong.append(what)


def repeated(words):
    return sorted({word for word in words if words.count(word) > 1})
