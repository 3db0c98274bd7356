"""The legal states of a disk after a power cut: what was not durable may be lost.

A write may be lost, torn at any sector, or be there only in some of its pages, the rest
being what was there before, or zeros where the file had grown; a truncation, a new name, a
rename and a removal may or may not have happened, each for itself. Of a truncation there may be
no more than zeros behind the new end.
"""

import hashlib
import itertools

from .disk import IN_FILE, Said, Write, at_cut, changed, moved, tree

SECTOR = 512
PAGE = 4096
LARGEST_BLOCK = 65_536
TEARS = 6  # of one write, at most; always the first, the middle and the last possible one


class Partly:
    """What of one write reached the disk: some extents of it, and perhaps the new size."""

    def __init__(self, write, extents, grown=True):
        self.write, self.extents, self.grown = write, extents, grown

    def apply(self, octets):
        end = self.write.offset + len(self.write.octets)
        if self.grown and self.extents is not None:
            octets = octets.ljust(end, b"\0")
        for start, stop in self.extents or ():
            part = self.write.octets[start:stop]
            octets = changed(octets, Write(None, self.write.offset + start, part))
        return octets


LOST = Partly(Write(None, 0, b""), None)


class Whole:
    def __init__(self, operation):
        self.operation = operation

    def apply(self, octets):
        return changed(octets, self.operation)


class Zeros:
    """The new end of a file was cleared up to the end of a block, and the old length stands."""

    def __init__(self, size, block):
        self.size, self.block = size, block

    def apply(self, octets):
        end = min(len(octets), -(-self.size // self.block) * self.block)
        return octets[: self.size].ljust(end, b"\0") + octets[max(end, self.size) :]


def outcomes(operation, dice):
    """Everything that may have become of an operation; first that it is there, then lost."""
    if not isinstance(operation, IN_FILE):
        return [operation, None]
    if not isinstance(operation, Write):
        zeros = [Zeros(operation.size, block) for block in (PAGE, LARGEST_BLOCK)]
        return [Whole(operation), LOST, *zeros]
    length, found = len(operation.octets), [Whole(operation), LOST, Partly(operation, [])]
    for tear in tears(operation, dice):
        found.append(Partly(operation, [(0, tear)], grown=False))
        found.append(Partly(operation, [(0, tear)]))
        found.append(Partly(operation, [(tear, length)]))
    if length > 2 * PAGE:
        found.append(Partly(operation, some_pages(operation, dice)))
    return found


def tears(write, dice):
    """Where a write may be torn: at sectors of the file, not of the write."""
    first = SECTOR - write.offset % SECTOR
    possible = range(first, len(write.octets), SECTOR)
    if len(possible) <= TEARS:
        return list(possible)
    kept = {possible[0], possible[len(possible) // 2], possible[-1]}
    return sorted(kept | set(dice.sample(possible, TEARS - len(kept))))


def some_pages(write, dice):
    edges = [0, *range(PAGE - write.offset % PAGE, len(write.octets), PAGE), len(write.octets)]
    return [extent for extent in itertools.pairwise(edges) if dice.random() < 0.5]


def states(root, operations, dice, limit):
    """Different states after a cut at any point, as {digest: (state, what was said)}.

    Of one cut at most `limit` states; the ordered ones (all up to some operation) and those
    that lack or have just one operation are always among them.
    """
    found = {}
    for cut in range(len(operations) + 1):
        said = [o.what for o in operations[:cut] if isinstance(o, Said)]
        for state in states_at(at_cut(root, operations, cut), dice, limit):
            key = digest(state)
            if said or key not in found:
                found[key] = (state, said[0] if said else "")
    return found


def states_at(pending, dice, limit):
    choices = [outcomes(operation, dice) for operation in pending.operations]
    total = 1
    for alternatives in choices:
        total *= len(alternatives)
    if total <= limit:
        selections = itertools.product(*choices)
    else:
        chosen = corners(choices)
        chosen += [[dice.choice(a) for a in choices] for _ in range(limit - len(chosen))]
        selections = chosen
    for selection in selections:
        yield state_of(pending, selection)


def corners(choices):
    """All there up to an operation; all but one; none but one."""
    there, lost = [a[0] for a in choices], [a[1] for a in choices]
    found = [there[:n] + lost[n:] for n in range(len(choices) + 1)]
    for n, alternatives in enumerate(choices):
        found += [there[:n] + [other] + there[n + 1 :] for other in alternatives[1:]]
        found += [there[:n] + [other] + lost[n + 1 :] for other in alternatives[2:]]
        found.append(lost[:n] + there[n : n + 1] + lost[n + 1 :])
    return found


def state_of(pending, selection):
    """The tree that stands on the disk when just these outcomes have reached it."""
    octets, entries = dict(pending.octets), dict(pending.entries)
    for operation, outcome in zip(pending.operations, selection):
        if isinstance(operation, IN_FILE):
            node = operation.node
            octets[node] = outcome.apply(octets.get(node, node.octets))
        elif outcome is not None:
            entries.update(moved(lambda n: entries.get(n, n.entries), operation))
    return tree(pending.root, octets, entries)


def digest(state):
    if isinstance(state, bytes):
        return hashlib.sha256(state).digest()
    parts = b"".join(name.encode() + b"\0" + digest(child) for name, child in state.items())
    return hashlib.sha256(b"directory" + parts).digest()
