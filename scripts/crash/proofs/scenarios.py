"""Losses that were found once, each played as it was found.

Most are cases of the other proofs, chosen and counted here apart; the rest is in `by_hand`.
"""

from dataclasses import dataclass

from support.actions import Action, calls_of
from proofs import by_hand, other_writer, replaced, two_faults
from proofs.two_faults import ERRORS

DELIVERIES = (Action("delivery", "small"), Action("delivery", "300 kB"))
LAST, ALL = Action("QUIT", "the last"), Action("QUIT", "all")
WRITES = ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "openat")
BLOCKS = (1024, 4096, 16_384, 65_536)


@dataclass(frozen=True)
class Scene:
    """A scenario and one of the ways in which it is played."""

    name: str
    play: object
    way: object = ""

    def __str__(self):
        return f"{self.name}: {self.way}" if self.way else self.name


def run(prover):
    """A line of the table for each scenario."""
    for name, scenes in SCENARIOS.items():
        yield prover.prove(name, survives, [Scene(name, *scene) for scene in scenes(prover)])


def survives(prover, scene):
    return scene.play(prover, scene.way)


def calls(prover, actions):
    return zip(actions, prover.every(calls_of, actions))


def kinds(prover, actions):
    """The calls of each action; if in a hurry those of each kind, in order."""
    return [(action, other_writer.some_calls(prover, reached)) for action, reached in calls(prover, actions)]


# A delivery that fails behind its commit must not take the mail of others with it.
def withdrawn(prover):
    for action, reached in calls(prover, DELIVERIES):
        for (prior, _), (point, _) in zip(reached, reached[1:]):
            if point.name in WRITES:
                for error in ("ENOSPC", "EIO"):
                    case = two_faults.Case(action, point, prior, error, "well-formed", "at it")
                    yield two_faults.survives, case


def beside_appends(prover):
    for number in range(1 if prover.quick else 7):
        yield by_hand.large_beside_appends, f"run {number + 1}"


def old_sessions(prover):
    for action, reached in kinds(prover, (DELIVERIES[0], Action("passwd", "longer"))):
        for point, _ in reached:
            for how in ("vim", "sed -i that edits", "Users moved away and copied back"):
                yield replaced.survives, replaced.Case(action, how, point, held=True)


def of_killed(prover, actions, mail):
    """Each action killed at each call, then mail of each kind."""
    for action, reached in kinds(prover, actions):
        for kind in mail:
            for point, _ in reached:
                yield other_writer.survives, other_writer.Case(action, kind, point, killed=True)


def resumed(prover):
    return of_killed(prover, DELIVERIES, ("without its empty line", "without a line end"))


def half_a_delivery(prover):
    for kind in ("an empty line first", "well-formed", "without its empty line"):
        for pages in (1, 2, 16, 2500, 4096, 4882):
            yield by_hand.torn_delivery, (kind, pages)


def the_same_text(prover):
    return of_killed(prover, (LAST, ALL), ("the same text",))


def empty_line_first(prover):
    return of_killed(prover, (LAST, ALL), ("an empty line first",))


def paused_writers(prover):
    for rest_comes in ("before QUIT", "after QUIT"):
        for octets in (30, 60, 90):
            yield by_hand.paused_writer, (rest_comes, octets)


def under_mv(prover):
    for number in range(2 if prover.quick else 8):
        yield by_hand.deliveries_under_mv, f"run {number + 1}"
    yield by_hand.with_second_name, "cp -al"


# What exit 75 has said is not there must not appear later: the transport delivers it again.
def delivered_twice(prover):
    for action, reached in calls(prover, DELIVERIES):
        for (prior, _), (point, _) in zip(reached, reached[1:]):
            if point.name in WRITES:
                for error in ERRORS:
                    for moment in two_faults.MOMENTS[2:]:
                        case = two_faults.Case(action, point, prior, error, "well-formed", moment)
                        yield two_faults.survives, case


def quits_at_the_lock(prover):
    yield by_hand.quit_at_the_lock, "nothing deleted"


def full_disks(prover):
    for way in by_hand.FULL:
        yield by_hand.on_a_full_disk, way


def zeros(prover):
    for what in ("the first", "a middle", "the last", "all"):
        for large in (False, True):
            for block in BLOCKS:
                yield by_hand.zeros_behind_the_cut, (Action("QUIT", what, large), block)


SCENARIOS = {
    "1 a delivery fails behind its commit, others' mail": withdrawn,
    "2 a delivery of 50 MB beside appends": beside_appends,
    "3 an old session on a file that was replaced": old_sessions,
    "4 a killed delivery behind unended mail": resumed,
    "5 half of a delivery of 20 MB, mail behind it": half_a_delivery,
    "6 a killed QUIT, the same text anew": the_same_text,
    "7a a killed QUIT, mail with an empty line first": empty_line_first,
    "7b the only message removed while its writer pauses": paused_writers,
    "8 deliveries and logins under mv and cp -al": under_mv,
    "9 a delivery whose calls fail is not there later": delivered_twice,
    "10 QUIT that deletes nothing, the lock held": quits_at_the_lock,
    "10, 11 QUIT on a full disk": full_disks,
    "16 zeros behind the cut after a power cut": zeros,
}
