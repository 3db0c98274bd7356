"""Other programs that put another file in the maildrop's place, or give it a second name."""

import os
import shutil
import subprocess

from .maildrop import NAME

EDIT = (b"Subject: message 4\n", b"Subject: edited 4\n")


def copy_moved(users):
    """cp NAME NAME.new; mv NAME.new NAME"""
    copy = users / ".copy"
    shutil.copy2(users / NAME, copy)
    os.rename(copy, users / NAME)


def as_vim(users):
    """What vim does with `backupcopy=no`: the old file away, a new one in its place."""
    old, octets = users / f"{NAME}~", (users / NAME).read_bytes()
    os.rename(users / NAME, old)
    with open(users / NAME, "xb") as new:
        new.write(octets)
    os.chmod(users / NAME, 0o600)
    os.unlink(old)


def sed(users, edit=(EDIT[0], EDIT[0])):
    old, new = (line.decode().strip() for line in edit)
    subprocess.run(["sed", "-i", f"s/^{old}$/{new}/", users / NAME], check=True, env={"LC_ALL": "C"})


def sed_that_edits(users):
    """Where a change is under way, such an edit may be refused until a person has looked."""
    sed(users, EDIT)


def users_copied_back(users):
    """mv Users Users.away; cp -a Users.away Users"""
    away = users.with_name("Users.away")
    os.rename(users, away)
    subprocess.run(["cp", "-a", away, users], check=True)


def second_name(users):
    """cp -al Users Users.snapshot, as rsnapshot does it."""
    subprocess.run(["cp", "-al", users, users.with_name("Users.snapshot")], check=True)


def without_second_name(users):
    shutil.rmtree(users.with_name("Users.snapshot"), ignore_errors=True)


REPLACEMENTS = {
    "a copy moved over it": copy_moved,
    "vim": as_vim,
    "sed -i": sed,
    "Users moved away and copied back": users_copied_back,
    "a second name": second_name,
}
BETWEEN_CHANGES = REPLACEMENTS | {"sed -i that edits": sed_that_edits}
