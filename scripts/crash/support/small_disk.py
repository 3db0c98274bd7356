"""A file system of 1 MiB for the Users directory, in a mount namespace of its own."""

import json
import os
import subprocess
import sys

SIZE = "1m"
MOUNT = f'mount -t tmpfs -o size={SIZE},mode=0700 crash "$1" && shift && exec "$@"'


def run(script, binary, users, *arguments):
    """Run a script with `binary users arguments`, the small disk at `users`; the JSON that it prints."""
    users.mkdir()
    command = [sys.executable, "-B", script, binary, str(users), *map(str, arguments)]
    command = ["unshare", "--mount", "sh", "-c", MOUNT, "sh", str(users), *command]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode != 0:
        raise RuntimeError(f"the script ended with {ended.returncode}: {ended.stderr[-500:]}")
    return json.loads(ended.stdout)


def fill(users, pages):
    """Leave so many pages of the disk free; how many are."""
    empty(users)
    disk = os.statvfs(users)
    with open(users / ".ballast", "wb") as ballast:
        ballast.write(bytes(max(0, disk.f_bavail - pages) * disk.f_frsize))
    return os.statvfs(users).f_bavail


def empty(users):
    (users / ".ballast").unlink(missing_ok=True)
