"""System users that exist only for this program and its children: a private copy of /etc."""

import shutil
import subprocess

from . import apart
from .server import PASSWORD

FIRST_ID = 61_000
PAM = """# The password and nothing else, without a pause after a wrong one.
auth required pam_unix.so nodelay
account required pam_unix.so
"""


class Accounts:
    """Users for whom the same password is good, ids counted from FIRST_ID."""

    def __init__(self, base, names):
        self.base = base
        self.ids = {name: FIRST_ID + at for at, name in enumerate(names)}
        base.mkdir(parents=True, exist_ok=True)

    def make(self, services=()):
        """Let them be seen; `services` get a PAM configuration."""
        # The oldest hash that crypt(3) knows is its fastest: nobody is measured by a hash.
        perl = ["perl", "-e", "print crypt($ARGV[0], 'pp')", PASSWORD]
        hashed = subprocess.run(perl, capture_output=True, text=True, check=True).stdout
        # All of /etc: a single file that covers another falls away when somebody else, outside,
        # replaces that one, as adding a user does.
        copy = self.base / "etc"
        shutil.rmtree(copy, ignore_errors=True)
        subprocess.run(["cp", "--archive", "/etc", copy], check=True)
        apart.cover("/etc", copy)
        users = [f"{name}:x:{uid}:{uid}::/nonexistent:/bin/sh" for name, uid in self.ids.items()]
        shadows = [f"{name}:{hashed}:19000:0:99999:7:::" for name in self.ids]
        self.extend("passwd", users)
        self.extend("shadow", shadows)
        for service in (*services, "other"):
            (copy / "pam.d" / service).write_text(PAM, encoding="ascii")

    def extend(self, name, lines):
        file = self.base / "etc" / name
        text = file.read_text(encoding="utf-8")
        file.write_text(text.rstrip("\n") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
