"""Reads what strace wrote (with -xx, so that every string is plain hex) as calls."""

import re
from dataclasses import dataclass

FINISHED = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(.*)$", re.S)
UNFINISHED = re.compile(r"^(\d+) +(\w+)\((.*?) *<unfinished \.\.\.>$", re.S)
RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)$", re.S)


@dataclass(frozen=True)
class Call:
    """A call that returned; `result` is None where it never did."""

    name: str
    arguments: tuple
    result: int

    def number(self, index):
        """An argument as a number; None for AT_FDCWD and other words."""
        text = self.arguments[index]
        return int(text) if re.fullmatch(r"-?\d+", text) else None

    def octets(self, index):
        """An argument that is a string, as octets."""
        return unquoted(self.arguments[index])

    def flags(self, index):
        return set(self.arguments[index].split("|"))


def unquoted(text):
    if not text.startswith('"'):
        return None
    if text.endswith("..."):
        raise ValueError("strace cut a string short")
    return bytes.fromhex(text[1:-1].replace("\\x", ""))


def calls(text):
    """Every call of the trace, in the order in which the calls returned."""
    begun = {}
    for line in text.splitlines():
        if match := UNFINISHED.match(line):
            begun[match[1]] = f"{match[1]} {match[2]}({match[3]}"
            continue
        if match := RESUMED.match(line):
            line = begun.pop(match[1]) + match[3]
        if match := FINISHED.match(line):
            result = None if match[4] == "?" else int(match[4], 0)
            yield Call(match[2], split(match[3]), result)


def split(text):
    """Arguments split at the commas outside of brackets; strings are hex and have none."""
    arguments, depth, start = [], 0, 0
    for at, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            arguments.append(text[start:at].strip())
            start = at + 1
    arguments.append(text[start:].strip())
    return tuple(arguments)
