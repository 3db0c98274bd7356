"""The servers that are graded, each set to follow the memo where its configuration gives it the choice."""

import subprocess

from peers.accounts import Accounts
from peers.dovecot import Dovecot
from peers.install import dovecot, popa3d
from peers.popa3d import Popa3d
from peers.pop1081 import Pop1081
from peers.server import PASSWORD

USER = "mrose"
DOVECOT_PORT, POPA3D_PORT = 1110, 1112

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


def all_of_them(scratch, binary, packages):
    """In the order of the columns."""
    own = Pop1081(scratch / "pop1081", binary)
    own.version = version([binary, "--version"]).split()[-1]
    other = Dovecot(scratch / "dovecot", dovecot(), "mbox", DOVECOT_PORT, [USER])
    with open(other.configuration, "a", encoding="ascii") as configuration:
        configuration.write(DOVECOT)
    other.name, other.version = "Dovecot", package("dovecot-core")
    accounts = Accounts(scratch / "accounts", ["popa3d", USER])
    accounts.make(["popa3d"])
    third = Popa3d(scratch / "popa3d", popa3d(packages), accounts, POPA3D_PORT)
    third.version = archive(packages)
    return [own, other, third]


def version(argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def package(name):
    return version(["dpkg-query", "--show", "--showformat", "${Version}", name])


def archive(packages):
    file = next((packages / "packages").glob("popa3d_*.deb"))
    return version(["dpkg-deb", "--field", file, "Version"])


def reset(server):
    """The shell command that gives the user of $POP_USER the messages of $POP_MBOX."""
    uid, gid = server.owner(USER)
    maildrop = server.maildrop("$POP_USER")
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
