"""The disk fills up and is freed; everything is taken away again; the accounts."""

import re

from . import tree
from .day import fetch_and_mark, fill, login
from .keeper import procmail
from .tree import HOME, ROOT, USERS, must

LARGE = 9_000  # octets: no such message fits into what is left of a file's last block
HELP = re.compile(r"[;:,] (or )?(free|run|try|chown) ")


def disk_full(day):
    """All is put off, nothing is lost; what is fetched can be removed; and then the disk is freed."""
    day.everybody_fetches()
    filling = fill(HOME)
    day.mail_comes(LARGE)
    late = day.postfix.defers(len(day.people) + len(day.people[::3]))
    for reason in late:
        day.refused("deliver, to Postfix", reason)
    until_refused(day)
    unlucky = day.ledger.write([day.people[3]], LARGE)
    code, said = procmail(day, unlucky, codes=None)
    must(f"procmail ends with {code}, not 75: {said}", code == 75)
    day.refused("deliver, to procmail", said)
    with login(day.people[6]) as client:
        fetched = fetch_and_mark(client)
        removed = client.command("QUIT")
    must(f"QUIT: {removed}", removed.startswith("+OK"))
    day.ledger.receive(day.people[6], fetched)
    filling.unlink()
    procmail(day, unlucky)
    day.postfix.try_again()
    day.postfix.deliver_all()
    return f"{len(late)} deliveries put off, {len(fetched)} message removed meanwhile; freed: all delivered"


def until_refused(day):
    """The server keeps a little space for small things, which may be used up once: then a user can't be added."""
    for _ in range(3):
        code, said = day.add_user("pupil99", "pop1081", codes=None)
        if code:
            day.refused("user add", said)
            return
        day.machine.run("pop1081", "user", "remove", "-u", USERS, "pupil99", user="pop1081")
        fill(HOME)
    must("user add is refused on a full disk", False)


def uninstalled(day):
    """What was installed goes, mail stays."""
    did = day.everybody_fetches(turn=1)
    _, found = day.machine.run("pop1081", "check", "-u", USERS, user="pop1081", codes=(0, 65))
    must(f"check finds something: {found}", "pupil" not in found)
    code = day.terminate()
    must(f"the server ends with {code}, not 0", code == 0)
    day.postfix.stop()
    day.machine.run(ROOT / "scripts" / "install", "remove", day.binary, "/usr/local")
    left = tree.files("/usr/local") - day.before
    must(f"left behind: {sorted(left)}", not left)
    return f"{did}; nothing is left in /usr/local, mail in {USERS} stays"


def accounts(day):
    """What the whole day must have been."""
    fetched, there = day.ledger.settle(day.people)
    statuses = day.postfix.statuses()
    must(f"Postfix has returned nothing and given nothing up: {statuses}", set(statuses) == {"sent", "deferred"})
    for who, said in sorted(day.refusals):
        must(f"{who} says what to do: {said}", HELP.search(said))
        print(f"           {who}: {said}")
    return f"{len(day.ledger.sent)} sent, {fetched} fetched, {there} there; Postfix: {statuses}"
