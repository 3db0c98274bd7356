"""Scenes that no case of another proof has: each is played by hand, and gives what is wrong.

A delivery of 50 MB beside a program that appends, half a delivery, a writer that pauses in
the middle of a message, deliveries under a stream of mv, a QUIT while somebody holds the lock
or on a full disk, and the zeros that ext4 may leave behind a cut.
"""

import fcntl
import json
import random
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

if __name__ == "__main__":
    HERE = Path(__file__).resolve()
    sys.path[:0] = [str(HERE.parents[1]), str(HERE.parents[2])]

from lib.pop import Closed, Refused
from support import small_disk
from support.actions import Action, Played, Recovery
from support.afterwards import wrong_afterwards
from support.committed import committed
from support.gaps import NAMES_OF_FILES, ON_MAILDROP
from support.inject import CALL, points
from support.inventory import Inventory
from support.maildrop import NAME, Maildrop, delivered, letter, raw_message, retrieved, sample
from support.othermail import append, other_mail
from support.programs import Inetd, deliver
from support.prover import Prover
from support.quitting import before_quit, leave_notes
from support.replacing import copy_moved, second_name, without_second_name
from proofs.other_writer import ENDERS, inventory_of

PAGE = 4096
SOON = 15  # seconds: far less than any wait for the write lock
PREPARED = 7  # how many messages are there when the disk is full
FULL = ("nothing deleted", "all deleted", "the last deleted", "all deleted, never logged in before")


def large_beside_appends(prover, run):
    """50 MB are delivered while another program appends every 30 to 200 ms."""
    text, sent, over = letter(b"50 MB", 50_000_000), [], threading.Event()
    dice = random.Random(run)
    with prover.directory() as directory:
        users = directory / "Users"
        maildrop = sample(2_000)
        maildrop.write(users)

        def write():
            while not over.wait(dice.uniform(0.03, 0.2)):
                raw = raw_message(9, b"number %d" % len(sent))
                append(users, raw)
                sent.append(retrieved(raw))

        writer = threading.Thread(target=write)
        writer.start()
        status, log = deliver(prover.binary, users, text)
        over.set()
        writer.join()
        wanted = (*sent, *([retrieved(delivered(text))] if status == 0 else []))
        inventory = Inventory(tuple(maildrop.retrieved()), wanted=wanted)
        wrong = wrong_afterwards(prover, users, inventory)
        return [f"exit {status}: {log.text()[-200:]}", *wrong] if status else wrong


def torn_delivery(prover, way):
    """A delivery of 20 MB is killed in the middle of its write, then mail of others comes.

    No call boundary shows that: the write is made by hand, up to the end of a page of the file,
    where a kill cuts it short.
    """
    kind, pages = way
    action = Action("delivery", "20 MB")
    with prover.directory() as directory:
        users = directory / "Users"
        action.prepare(prover, users)
        octets = pages * PAGE - (users / NAME).stat().st_size
        payload = committed(prover, directory, action.text())
        append(users, payload[:octets])
        mail = other_mail(kind, action)
        append(users, mail.raw)
        inventory = inventory_of(action, Played(None, "", None))
        inventory = replace(inventory.with_more(mail.message()), slack=mail.slack)
        return wrong_afterwards(prover, users, inventory)


def remove_all(users):
    for path in (*users.glob(".pop1081/*"), users / NAME):
        path.unlink()


def paused_writer(prover, way):
    """The only message is removed while its writer, without a lock, pauses in its middle."""
    rest_comes, octets = way
    raw = raw_message(1, b"a line\n\nanother line\n\nand one more line\n\nand the last one")
    with prover.directory() as directory:
        users = directory / "Users"
        Maildrop(sample().password_line, (raw[:octets],)).write(users)
        with Inetd(prover.binary, users) as session:
            session.login()
            session.client.must("DELE 1")
            if rest_comes == "before QUIT":
                append(users, raw[octets:])
            said = session.client.command("QUIT")
            session.end()
        if rest_comes == "after QUIT":
            append(users, raw[octets:])
            return locked_out(prover, users)
        wrong = [] if said.startswith("-ERR") else [f"QUIT said {said}"]
        return wrong + wrong_afterwards(prover, users, Inventory((retrieved(raw),)))


def locked_out(prover, users):
    """What is left of the message may look like anything, but mail must come in and out."""
    try:
        with Inetd(prover.binary, users) as session:
            session.login()
            session.client.retr_all()
    except (Closed, Refused) as failure:
        return [f"locked out: {failure}"]
    status, log = deliver(prover.binary, users, letter(b"next"))
    return [f"a delivery gives {status}: {log.text()[-200:]}"] if status else []


def deliveries_under_mv(prover, _):
    """Deliveries and logins while the file is replaced by its copy all the time."""
    over, wrong = threading.Event(), []
    with prover.directory() as directory:
        users = directory / "Users"
        sample(2_000).write(users)

        def replace_it():
            while not over.is_set():
                copy_moved(users)

        other = threading.Thread(target=replace_it)
        other.start()
        try:
            for number in range(40):
                status, log = deliver(prover.binary, users, letter(b"%d" % number))
                wrong += [f"exit {status}: {log.text()}"] if status not in (0, 75) else []
                with Inetd(prover.binary, users, options=("--login-delay", "0")) as session:
                    session.greeting()
                    said = session.client.try_login(NAME, "secret")
                wrong += [said] if "invalid password" in said else []
        finally:
            over.set()
            other.join()
    return wrong


def with_second_name(prover, _):
    with prover.directory() as directory:
        users = directory / "Users"
        maildrop = sample(2_000)
        maildrop.write(users)
        second_name(users)
        status, log = deliver(prover.binary, users, letter(b"meanwhile"))
        without_second_name(users)
        wrong = [] if status == 75 else [f"exit {status}: {log.text()}"]
        return wrong + wrong_afterwards(prover, users, Inventory(tuple(maildrop.retrieved())))


def quit_at_the_lock(prover, _):
    """Another program holds the maildrop's lock; a session that deletes nothing says QUIT."""
    with prover.directory() as directory:
        users = directory / "Users"
        maildrop = sample(2_000)
        maildrop.write(users)
        with before_quit(prover.binary, users, "inetd", ()) as quitting:
            with open(users / NAME, "rb") as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                begun = time.monotonic()
                said = quitting.client.command("QUIT")
                seconds = time.monotonic() - begun
            quitting.settle()
        right = said.startswith("+OK") and seconds < SOON
        wrong = [] if right else [f"after {seconds:.1f} s: {said}"]
        return wrong + wrong_afterwards(prover, users, Inventory(tuple(maildrop.retrieved())))


def on_a_full_disk(prover, way):
    with prover.directory() as directory:
        return small_disk.run(__file__, prover.binary, directory / "Users", way)


def quit_on_full_disk(prover, users, way):
    """Not one page is free; removing must be possible all the same."""
    maildrop = sample(5_000).with_raw(raw_message(PREPARED, b"one more"))
    maildrop.write(users)
    if "never" in way:
        another_user_was_here(prover, users)
    else:
        leave_notes(prover.binary, users)
    small_disk.fill(users, 0)
    numbers = range(1, PREPARED + 1) if way.startswith("all") else (PREPARED,) if "last" in way else ()
    try:
        with Inetd(prover.binary, users) as session:
            session.login()
            for number in numbers:
                session.client.must(f"DELE {number}")
            said = session.client.command("QUIT")
            session.end()
    except (Closed, Refused) as failure:
        said = str(failure)
    small_disk.empty(users)
    wrong = [] if said.startswith("+OK") else [said]
    gone = True if said.startswith("+OK") else None
    inventory = Inventory(tuple(maildrop.retrieved()), tuple(numbers), gone=gone)
    return wrong + wrong_afterwards(prover, users, inventory)


def another_user_was_here(prover, users):
    """The server has run on this disk before it was full."""
    (users / "another").write_bytes(b"secret\n")
    with Inetd(prover.binary, users) as session:
        session.greeting()
        session.client.login("another", "secret").must("QUIT")
        session.end()


def zeros_behind_the_cut(prover, way):
    """The power is cut right behind the cut: the old length, and zeros to the end of a block."""
    action, block = way
    with prover.directory() as directory:
        users, trace = directory / "Users", directory / "trace"
        action.prepare(prover, users)
        played = action.play(prover, directory, NAMES_OF_FILES)
        lines = [line for line in played.trace.splitlines() if CALL.match(line)]
        at = max(n for n, l in enumerate(lines) if ON_MAILDROP.search(l) and "ftruncate" in l)
        cut, after = points("\n".join(lines[: at + 1]))[-1], points(played.trace)
        behind = after[after.index(cut) + 1]
        states = []
        for point in (cut, behind):
            remove_all(users)
            trace.unlink()
            Recovery(action, point, ENDERS[0]).prepare(prover, users)
            states.append((users / NAME).read_bytes())
            trace.touch()
        old, new = states
        end = min(len(old), -(-len(new) // block) * block)
        with open(users / NAME, "r+b") as maildrop:
            maildrop.seek(len(new))
            maildrop.write(bytes(end - len(new)) + old[end:])
        before = tuple(action.start().retrieved())
        return wrong_afterwards(prover, users, Inventory(before, action.removed()))


def main():
    binary, users, way = sys.argv[1:]
    prover = Prover(binary, Path(users).parent, True, 1, 0)
    json.dump(quit_on_full_disk(prover, Path(users), way), sys.stdout)


if __name__ == "__main__":
    main()
