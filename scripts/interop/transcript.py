"""One recorded session: its C: and S: lines with passwords masked, and the commands in short."""

import threading
from dataclasses import dataclass

ALWAYS_LONG = {"RETR", "TOP", "CAPA"}
LONG_WITHOUT_ARGUMENT = {"LIST", "UIDL"}
SECRET = {"PASS": 1, "APOP": 2, "AUTH": 2}


@dataclass
class Command:
    """A command that a client sent, and the first line of the reply to it."""

    keyword: str
    long: bool
    reply: str = ""

    def granted(self):
        return self.reply.startswith("+OK")

    def short(self):
        if not self.reply:
            return self.keyword + "?"
        return self.keyword if self.granted() else self.keyword + "!"


class Transcript:
    """Takes the octets of both directions as they come and cuts them into commands and replies."""

    def __init__(self):
        self.lines = []
        self.commands = []
        self.unanswered = []
        self.partial = {"C": b"", "S": b""}
        self.inside = None  # how many lines of a multi-line reply have come, if inside one
        self.guard = threading.Lock()

    @classmethod
    def of(cls, typed, replies):
        """The transcript of a session that did not pass the recorder; the greeting comes first."""
        transcript = cls()
        greeting, end, rest = replies.partition(b"\n")
        transcript.feed("S", greeting + end)
        transcript.feed("C", typed)
        transcript.feed("S", rest)
        return transcript

    def feed(self, side, octets):
        with self.guard:
            *whole, rest = (self.partial[side] + octets).split(b"\n")
            self.partial[side] = rest
            for line in whole:
                (self.command if side == "C" else self.reply)(line.removesuffix(b"\r"))

    def command(self, line):
        words = printable(line).split(" ")
        keyword = words[0].upper()
        shown = masked(keyword, words)
        self.lines.append(f"C: {shown}")
        command = Command(keyword, is_long(keyword, words))
        self.commands.append(command)
        self.unanswered.append(command)

    def reply(self, line):
        if self.inside is not None:
            self.inner_line(line)
            return
        self.lines.append(f"S: {printable(line)}")
        if not self.unanswered:
            return  # the greeting
        command = self.unanswered.pop(0)
        command.reply = printable(line)
        if command.granted() and command.long:
            self.inside = 0

    def inner_line(self, line):
        if line == b".":
            self.lines.append(f"S: ({self.inside} lines)")
            self.lines.append("S: .")
            self.inside = None
        else:
            self.inside += 1

    def short(self):
        """Such as `CAPA USER PASS STAT RETRx3 QUIT`; `!` after a refused command, `?` after an unanswered one."""
        return " ".join(collapsed([command.short() for command in self.commands]))


def is_long(keyword, words):
    return keyword in ALWAYS_LONG or (keyword in LONG_WITHOUT_ARGUMENT and len(words) == 1)


def masked(keyword, words):
    kept = SECRET.get(keyword)
    if kept is None or len(words) <= kept:
        return " ".join(words)
    return " ".join(words[:kept] + ["****"])


def printable(octets):
    return "".join(chr(o) if 0x20 <= o < 0x7F else f"\\x{o:02x}" for o in octets)


def collapsed(items, longest=3):
    """Runs become `RETRx3`; a repeated group becomes `(RETR DELE)x3`."""
    out, at = [], 0
    while at < len(items):
        length, times = best_run(items, at, longest)
        group = items[at : at + length]
        if times == 1:
            out.extend(group)
        elif length == 1:
            out.append(f"[{group[0]}]x{times}" if " " in group[0] else f"{group[0]}x{times}")
        else:
            out.append(f"({' '.join(group)})x{times}")
        at += length * times
    return out


def best_run(items, at, longest):
    """The group length and count that cover most items from `at` on; shorter groups win a draw."""
    best = (1, 1)
    for length in range(1, longest + 1):
        group, times = items[at : at + length], 1
        while items[at + length * times : at + length * (times + 1)] == group:
            times += 1
        if times > 1 and length * times > best[0] * best[1]:
            best = (length, times)
    return best


def short_sessions(transcripts):
    """The sessions of a case in short, equal ones in a row said once."""
    return "; ".join(collapsed([transcript.short() or "(nothing)" for transcript in transcripts], longest=1))
