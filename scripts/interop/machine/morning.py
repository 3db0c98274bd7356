"""The morning: everything is set up as the documents say, and mail is fetched under every kind of launcher."""

import re
import shutil
import subprocess
from pathlib import Path

from . import tree
from .day import read
from .postfix import Postfix
from .tree import HOME, ROOT, USERS, until

MEGABYTES = 8


def install(day):
    """As `make install` and scripts/launch/README.md do it; the mail has a small disk of its own."""
    day.before = tree.files("/usr/local")
    day.machine.run(ROOT / "scripts" / "install", "copy", day.binary, "/usr/local")
    subprocess.run(["mkdir", "-p", HOME], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=700", "tmpfs", HOME], check=True)
    for line in tree.block("scripts/launch/README.md", "adduser"):
        day.machine.run("sh", "-c", line)
    shutil.chown(HOME, "pop1081", "pop1081")
    return f"{len(tree.files('/usr/local') - day.before)} files, user pop1081, a disk of {MEGABYTES} MB for mail"


def thirty_users(day):
    for name in day.people:
        day.add_user(name, "pop1081")
    _, said = day.machine.run("pop1081", "user", "list", "-u", USERS, user="pop1081")
    return f"{len(said.splitlines())} users; the last: {said.splitlines()[-1].strip()}"


def postfix_delivers(day):
    day.postfix = Postfix(day.machine, day.package)
    day.mail_comes()
    day.postfix.deliver_all()
    return f"{len(day.ledger.sent)} deliveries through the README's lines: {day.postfix.statuses()}"


def under_inetd(day):
    line = tree.block("README.md", "pop3 stream tcp")[0]
    Path("/etc/inetd.conf").write_text(line + "\n", encoding="ascii")
    return launched(day, "inetd", "-i", "/etc/inetd.conf")


def activated(day):
    unit = read("/usr/local/lib/systemd/system/pop1081-wait.service")
    command = re.search(r"(?m)^ExecStart=(.*)$", unit)[1].replace("%S", "/var/lib").split()
    activate = ["systemd-socket-activate", "--inetd", "--listen", "127.0.0.1:110"]
    return launched(day, *activate, *tree.as_user("pop1081"), f"/usr/local/bin/{command[0]}", *command[1:])


def launched(day, *command):
    launcher = day.machine.spawn(*command)
    until(f"{command[0]} listens on port 110", lambda: tree.listens(110))
    did = day.everybody_fetches()
    launcher.kill()
    launcher.wait()
    for server in filter(is_server, Path("/proc").glob("[0-9]*")):
        day.machine.run("kill", server.name, codes=None)
    until("port 110 is free", lambda: not tree.listens(110))
    return did


def is_server(process):
    """Whether it is a pop1081 on this machine, which sees no process of another."""
    try:
        return (process / "exe").readlink().name == "pop1081"
    except OSError:
        return False


def standalone(day):
    day.start()
    return day.everybody_fetches(turn=1)
