"""Hostile names and files that turn into links while logins go on, under strace: what is opened."""

import os
import random
import re
import threading

from support.figures import Figure, exactly
from support.maildrops import PASSWORD, make_users, maildrop
from lib.pop import Closed
from lib.server import Server

SEED = 1081
NAMES = 5000
PIECES = """.. . / // ../ /../ ./ \\ u outside Users etc/passwd proc/self/mem dev/zero dev/tty
.pop1081 .rhosts u.lock u.redo symlink fifo socket device directory hardlink - --users
%2e%2e%2f * ~root $(id)""".split()
OPENED = re.compile(r'open(?:at2?)?\((?:AT_FDCWD[^,]*, )?"([^"]*)".*\) = \d+<([^>]*)>')

CALLS = "trace=open,openat,openat2,creat"
STRACE = ("strace", "-f", "-qq", "-y", "--seccomp-bpf", "-e", CALLS)


def run(harness):
    with harness.directory() as directory:
        users = make_users(directory, ["u", "victim"], maildrop(1))
        plant(directory, users)
        trace = directory / "trace"
        prefix = [*STRACE, "-o", str(trace)]
        options = ("--hide-users", "--max-sessions", "0")
        with Server(harness.binary, users, *options, prefix=prefix) as server:
            server.connect().greeted().close()  # what it opens for itself is open by now
            ready = trace.stat().st_size
            denied = try_names(server, harness.of(NAMES, 1000))
            logins = harness.of(2000, 500)
            swaps, got_in = try_swaps(server, users, logins)
        lines = trace.read_text("latin-1")[ready:].splitlines()
        opened = [found.groups() for found in map(OPENED.search, lines) if found]
        inside = os.path.realpath(users) + "/"
        outside = sorted({real for _, real in opened if not (real + "/").startswith(inside)})
        told = f"0 of {len(opened)}" if not outside else f"{outside[:3]}"
        yield exactly("hostile names with a right password: let in", 0, denied)
        what = f"a file that turns into a link, FIFO, device and back, {swaps} times"
        some = 0 < got_in < logins and swaps > 50
        yield Figure(what, "some logins", f"{got_in} of {logins}", some)
        right = not outside and len(opened) > 100
        yield Figure("opens that led outside the Users directory, by strace", "0", told, right)


def plant(directory, users):
    """What is no user's file, and would let in if it were."""
    outside = directory / "outside"
    outside.write_bytes(maildrop(1))
    (users / "symlink").symlink_to(outside)
    os.mkfifo(users / "fifo")
    os.mknod(users / "device", 0o20600, os.makedev(1, 5))
    (users / "directory").mkdir()
    os.link(outside, users / "hardlink")
    # Among the users: what is opened at one name and then moved shows under the other.
    (users / ".link").symlink_to(outside)
    os.mkfifo(users / ".fifo")
    os.mknod(users / ".device", 0o20600, os.makedev(1, 5))


def names(count):
    dice = random.Random(SEED)
    kinds = ["symlink", "fifo", "device", "directory", "hardlink"]
    while count:
        name = "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 6)))
        if dice.random() < 0.2:
            name += "".join(chr(dice.randrange(1, 256)) for _ in range(dice.randint(1, 40)))
        name = name.replace("\n", "").replace(" ", "")
        name = dice.choice(kinds) if dice.random() < 0.1 else name
        if name not in ("", "u", "victim"):
            count -= 1
            yield name


def try_names(server, count):
    """How many of them let in."""
    let_in, client, tries = 0, None, 0
    for name in names(count):
        if tries % 2 == 0:  # the third failed login would close the connection
            client = server.connect().greeted()
        tries += 1
        client.send(f"USER {name}", "PASS pw")
        client.line()
        let_in += client.line() != "-ERR invalid password"
        if tries % 2 == 0:
            client.close()
    return let_in


def try_swaps(server, users, logins):
    """Logs in while the user's file becomes something else and back."""
    stop, swaps = threading.Event(), [0]
    place, mine = users / "victim", users / ".mine"
    others = [users / name for name in (".link", ".fifo", ".device")]

    def swap():
        while not stop.is_set():
            other = others[swaps[0] % len(others)]
            os.rename(place, mine)
            os.rename(other, place)
            stop.wait(0.0005)
            os.rename(place, other)
            os.rename(mine, place)
            swaps[0] += 1
            stop.wait(0.0005)

    thread = threading.Thread(target=swap)
    thread.start()
    got_in = 0
    try:
        for _ in range(logins):
            try:
                with server.connect().greeted() as client:
                    got_in += client.try_login("victim", PASSWORD).startswith("+OK")
            except Closed as closed:
                raise RuntimeError(f"a login in mid-swap: {closed}") from closed
    finally:
        stop.set()
        thread.join()
    return swaps[0], got_in
