"""The judge: reads a maildrop back through a fresh login and compares octet for octet."""

from pathlib import Path

from lib.pop import Closed, Refused

from .maildrop import NAME, undated
from .programs import Hung, Inetd


def inode(users):
    status = (Path(users) / NAME).lstat()
    return (status.st_dev, status.st_ino)


def judge(binary, users, allowed, expected_inode=None):
    """Log in freshly and see which of the allowed maildrops is there.

    `allowed` maps a word (such as "before", "after") to the Maildrop it stands for.
    Returns that word, or None, and the list of everything that is wrong.
    """
    expected_inode = expected_inode or inode(users)
    wrong = untouched(users, allowed, expected_inode)
    try:
        fetched, said = fetch_all(binary, users)
    except (Closed, Refused, Hung) as failure:
        return None, [*wrong, f"the next login: {failure}"]
    wrong += said
    wrong += untouched(users, allowed, expected_inode)
    word = which(users, allowed)
    if word is None:
        return None, [*wrong, f"maildrop is none of {', '.join(allowed)}: {shape(users, allowed)}"]
    if fetched != [undated(text) for text in allowed[word].retrieved()]:
        wrong.append(f"RETR gave other octets than the maildrop '{word}' holds")
    return word, wrong


def untouched(users, allowed, expected_inode):
    """What must hold at every moment, even before any recovery."""
    wrong = []
    if inode(users) != expected_inode:
        wrong.append("the maildrop's inode was replaced")
    password_line = next(iter(allowed.values())).password_line
    if not (Path(users) / NAME).read_bytes().startswith(password_line):
        wrong.append("the password line was touched")
    return wrong


def fetch_all(binary, users):
    """Every message as RETR gives it in a session of its own that ends with QUIT."""
    with Inetd(binary, users) as session:
        session.login()
        fetched = [undated(octets) for octets in session.client.retr_all()]
        session.client.must("QUIT")
        status = session.end()
        wrong = session.log.panics()
        if status != 0:
            wrong.append(f"the session ended with status {status}")
        return fetched, wrong


def which(users, allowed):
    raw = undated((Path(users) / NAME).read_bytes())
    return next((word for word, maildrop in allowed.items() if maildrop.raw() == raw), None)


def shape(users, allowed):
    """A short picture of a garbled maildrop for the report."""
    raw = undated((Path(users) / NAME).read_bytes())
    parts = [f"{len(raw)} octets"]
    for word, maildrop in allowed.items():
        expected = maildrop.raw()
        same = next((i for i, (a, b) in enumerate(zip(raw, expected)) if a != b), None)
        same = min(len(raw), len(expected)) if same is None else same
        parts.append(f"'{word}' has {len(expected)}, equal up to {same}")
    return "; ".join(parts)
