"""Maildrops made up for a check."""

import os

PASSWORD = "pw"


def message(number, octets=200):
    body = f"This is message {number}.\n" * (octets // 23 + 1)
    separator = f"From m{number}@example.org Tue Nov  1 09:05:00 1988"
    return f"{separator}\nSubject: {number}\n\n{body}\n".encode()


def maildrop(count, octets=200):
    return f"{PASSWORD}\n".encode() + b"".join(message(number, octets) for number in range(1, count + 1))


def make_users(directory, names, content, owner=None):
    """A Users directory in which all these users have the same mail."""
    users = directory / "Users"
    users.mkdir(mode=0o700)
    for name in names:
        (users / name).write_bytes(content)
    if owner is not None:
        for path in (users, *users.iterdir()):
            os.chown(path, owner, owner)
    return users


def left(users, name):
    """How many messages a maildrop has."""
    return (users / name).read_bytes().count(b"\nFrom m")
