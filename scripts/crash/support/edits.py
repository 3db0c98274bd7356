"""What another program may do to a maildrop in place: edits of its list of messages.

The inode stays, as with an editor that copies its work back. Each edit takes the raw
messages and the numbers that a session marks as deleted, and gives the messages as they are
then, an edited one in the place of the old one. Where an edit changes octets in the middle
of a message it does so far from both ends of the mail, where nobody takes samples.
"""

from .maildrop import raw_message, text_of

COUNT = 8


def messages():
    """Eight messages, long enough for an edit in the middle of the first one."""
    return tuple(raw_message(n, text_of(2000 + 97 * n, b"message%d" % n)) for n in range(1, COUNT + 1))


def alike():
    """The same with one separator line and one length for all."""
    return tuple(same_length(n) for n in range(1, COUNT + 1))


def same_length(number):
    return b"From one@example Sat Nov 12 08:00:00 1988\n" + text_of(2000, b"message%d" % number) + b"\n\n"


def on_list(change):
    def edit(old, _):
        new = list(old)
        change(new)
        return new

    return edit


def line_of(raw):
    """A line in the middle of a message."""
    lines = raw.splitlines(keepends=True)
    return lines[len(lines) // 2]


def longer(raw):
    line = line_of(raw)
    return raw.replace(line, line + line.replace(b"line", b"LINE"))


def shorter(raw):
    return raw.replace(line_of(raw), b"")


def changed(raw):
    line = line_of(raw)
    return raw.replace(line, line.replace(b"line", b"LINE"))


def letter_in_kept(old, deleted):
    kept = next(n for n in range(len(old)) if n + 1 not in deleted)
    return [changed(raw) if n == kept else raw for n, raw in enumerate(old)]


def letter_in_deleted(old, deleted):
    return [changed(raw) if n == min(deleted) else raw for n, raw in enumerate(old, 1)]


def line_in_deleted(old, deleted):
    return [longer(raw) if n == min(deleted) else raw for n, raw in enumerate(old, 1)]


def put(place):
    """A new message, as long as its neighbour and of its separator line where all are alike."""

    def change(new):
        is_alike = len({raw.split(b"\n", 1)[0] for raw in new}) == 1
        new.insert(place, same_length(9) if is_alike else raw_message(9, b"from an editor"))

    return on_list(change)


def line_moved(new):
    """From the second message to the seventh: nothing before and behind has moved."""
    line = line_of(new[1])
    new[1] = new[1].replace(line, b"")
    new[6] = new[6].replace(line_of(new[6]), line_of(new[6]) + line)


def swapped(new):
    new[2], new[3] = new[3], new[2]


def cut_short(new):
    new[-1] = new[-1][: len(new[-1]) // 2]


EDITS = {
    "a letter changed in a kept message": letter_in_kept,
    "a letter changed in a deleted message": letter_in_deleted,
    "a line put into a deleted message": line_in_deleted,
    "a line put into the first message": on_list(lambda new: new.__setitem__(0, longer(new[0]))),
    "a line taken from the first message": on_list(lambda new: new.__setitem__(0, shorter(new[0]))),
    "a line moved from message 2 to 7": on_list(line_moved),
    "a message put first": put(0),
    "a message put in the middle": put(3),
    "a message put before the last": put(7),
    "the first message removed": on_list(lambda new: new.pop(0)),
    "the third message removed": on_list(lambda new: new.pop(2)),
    "the last message removed": on_list(lambda new: new.pop()),
    "messages 3 and 4 swapped": on_list(swapped),
    "the last message cut short": on_list(cut_short),
    "all messages removed": on_list(list.clear),
}


def write_in_place(path, raw):
    with open(path, "r+b") as maildrop:
        maildrop.write(raw)
        maildrop.truncate()
