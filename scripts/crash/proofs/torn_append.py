"""A delivery whose appending write was cut short, which a kill does at any page of the file.

No call boundary shows that, so it is made by hand: a delivery is killed when its intent is
committed and nothing is appended yet; then a beginning of what it would have appended is
put there, and foreign mail behind it or not. The maildrop is made as long as it must be for
a page to end after just so many octets of the message, so every octet of its start is tried.
The next login, or the next delivery, must find the message wholly or not at all, and the
foreign message as it was.
"""

from dataclasses import dataclass

from support.committed import committed
from support.compare import judge
from support.foreign import FOREIGN, append_under_flock
from support.maildrop import NAME, letter, raw_message, sample
from support.programs import deliver
from proofs.kill_delivery import LARGE, SMALL

NEXT = letter(b"next")
PAGE = 4096
PAGES = range(PAGE, 200_000, 3 * PAGE)
FOREIGNS = {"nothing": b"", "foreign mail": FOREIGN, "half of foreign mail": FOREIGN[:60]}


@dataclass(frozen=True)
class Tear:
    text: bytes
    length: int
    behind: str
    ender: str

    def __str__(self):
        size = f"{self.length} octets of a delivery of {len(self.text)}"
        return f"{size}, {self.behind} behind them, then a {self.ender}"

    def at_start(self):
        """A maildrop with the end of a page `length` octets behind its end."""
        maildrop = sample(2000)
        least = raw_message(7, b"")
        lacking = -(len(maildrop.raw()) + len(least) + self.length) % PAGE
        return maildrop.with_raw(raw_message(7, b"x" * lacking))

    def maildrops(self):
        before = self.at_start()
        after = before.with_delivery(self.text)
        foreign = FOREIGNS[self.behind]
        if foreign:
            behind = before.with_raw(foreign).with_delivery(self.text)
            after, before = after.with_raw(foreign), before.with_raw(foreign)
            found = {"before": before, "after": after, "after, behind": behind}
        else:
            found = {"before": before, "after": after}
        if self.ender == "delivery":
            return {word: maildrop.with_delivery(NEXT) for word, maildrop in found.items()}
        return found


def run(prover):
    lengths = {SMALL: range(1, 400), LARGE: [*range(1, 120), *PAGES]}
    tears = [
        Tear(text, length, behind, ender)
        for text, some in lengths.items()
        for behind in FOREIGNS
        for ender in ("login", "delivery")
        for length in some
        if not (prover.quick and length % 9)
    ]
    yield prover.prove("a delivery whose write was cut short", survives, tears)


def survives(prover, tear):
    with prover.directory() as directory:
        tear.at_start().write(directory / "Users")
        payload = committed(prover, directory, tear.text)
        with open(directory / "Users" / NAME, "ab") as maildrop:
            maildrop.write(payload[: tear.length])
        if tear.behind != "nothing":
            append_under_flock(directory / "Users", FOREIGNS[tear.behind])
        if tear.ender == "delivery":
            status, log = deliver(prover.binary, directory / "Users", NEXT)
            if status != 0:
                return [f"the delivery gives {status}: {log.text()[:200]}"]
        _, wrong = judge(prover.binary, directory / "Users", tear.maildrops())
        return wrong
