"""The servers that are graded, each set to follow the memo where its configuration gives it the choice."""

import subprocess
import sys
from pathlib import Path

from peers import install
from peers.accounts import Accounts
from peers.dovecot import Dovecot
from peers.mailutils import Mailutils
from peers.pop1081 import Pop1081
from peers.popa3d import Popa3d
from peers.server import PASSWORD
from peers.solid import SolidPop3d

USER = "mrose"
DOVECOT_PORT, POPA3D_PORT, MAILUTILS_PORT, SOLID_PORT = 1110, 1112, 1113, 1114
UNPACKED = ("popa3d", "mailutils-pop3d", "solid-pop3d")
TO_MAILDIR = Path(__file__).with_name("maildir.py")

# The memo's lock, refused at once; LAST; APOP; no waiting for those who mistype a password on purpose.
DOVECOT = """
auth_mechanisms = plain apop
mbox_lock_timeout = 1 secs
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
protocol pop3 {
  pop3_lock_session = yes
  pop3_enable_last = yes
  pop3_no_flag_updates = no
}
"""


def fetch(packages):
    """What has to be there before the namespaces are entered, which have no network."""
    install.dovecot()
    install.inetd()
    for package in UNPACKED:
        install.unpacked(packages, package)


def all_of_them(scratch, binary, packages):
    """In the order of the columns."""
    own = Pop1081(scratch / "pop1081", binary)
    own.version = said([binary, "--version"]).split()[-1]
    dovecot = Dovecot(scratch / "dovecot", install.dovecot(), "mbox", DOVECOT_PORT, [USER])
    with open(dovecot.configuration, "a", encoding="ascii") as configuration:
        configuration.write(DOVECOT)
    dovecot.name = "Dovecot"
    dovecot.version = install.version("dovecot-core")
    accounts = Accounts(scratch / "accounts", ["popa3d", "spop3d", USER])
    accounts.make(["popa3d", "solid-pop3d", "pop3d"])
    system_users = (
        Popa3d(scratch / "popa3d", install.popa3d(packages), accounts, POPA3D_PORT),
        Mailutils(scratch / "mailutils", install.mailutils(packages), accounts, MAILUTILS_PORT),
        SolidPop3d(scratch / "solid", install.solid(packages), accounts, SOLID_PORT),
    )
    for server, package in zip(system_users, UNPACKED):
        server.version = install.version(package, packages)
    return [own, dovecot, *system_users]


def said(argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def reset(server):
    """The shell command that gives the user of $POP_USER the messages of $POP_MBOX."""
    uid, gid = server.owner(USER)
    maildrop = server.maildrop("$POP_USER")
    if server.name in ("Mailutils", "solid-pop3d"):
        # solid-pop3d takes a message for damaged whose last line has no end.
        ended = "ended" if server.name == "solid-pop3d" else ""
        return f'{sys.executable} -S "{TO_MAILDIR}" "$POP_MBOX" "{maildrop}" {uid} {ended}'
    forgotten = {
        "pop1081": f'rm -f "{server.base}/Users/.pop1081/$POP_USER.state"',
        "Dovecot": f'rm -rf "{server.base}/index/$POP_USER"',
        "popa3d": ":",
    }[server.name]
    first_line = f"echo {PASSWORD};" if server.first_line() else ""
    return (
        f'{forgotten}; {{ {first_line} cat "$POP_MBOX"; }} >"{maildrop}"'
        f' && chmod 600 "{maildrop}" && chown {uid}:{gid} "{maildrop}"'
    )
