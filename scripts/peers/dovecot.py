"""Dovecot, from a configuration of its own, set for speed where it has a choice."""

import os
import shutil
from pathlib import Path

from .server import PASSWORD, Server

CONFIGURATION = """
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/log
protocols = pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
auth_failure_delay = 0
default_client_limit = 4096
default_process_limit = 1024
mail_max_userip_connections = 0
first_valid_uid = 1
mail_location = {location}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {base}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={base}/home/%u allow_all_users=yes
}}

# Processes that serve one client after the other, started ahead.
service pop3-login {{
  service_count = 0
  process_min_avail = 2
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service pop3 {{
  service_count = 0
  process_min_avail = 8
}}

# RETR does not write flags.
protocol pop3 {{
  pop3_no_flag_updates = yes
  mbox_very_dirty_syncs = {dirty}
}}
"""

LOCATIONS = {
    "mbox": "mbox:{base}/home/%u:INBOX={base}/mail/%u:INDEX={base}/index/%u",
    "Maildir": "maildir:{base}/mail/%u:INDEX={base}/index/%u",
}
# "nobody": it owns nothing else here.
OWNER = 65534


class Dovecot(Server):
    """`kind` is mbox, Maildir, or dirty: an mbox of which a login does not read again what the index knows,
    whatever has happened to it meanwhile."""

    def __init__(self, base, program, kind, port, users):
        super().__init__(base, port)
        self.name = f"Dovecot {kind}"
        self.kind = kind
        self.program = program
        self.write_configuration(port, users)

    def write_configuration(self, port, users):
        dirty = "yes" if self.kind == "dirty" else "no"
        location = LOCATIONS["Maildir" if self.kind == "Maildir" else "mbox"].format(base=self.base)
        for part in ("run", "state", "mail", "index", "home"):
            (self.base / part).mkdir(exist_ok=True)
            if part not in ("run", "state"):
                os.chown(self.base / part, OWNER, OWNER)
        text = CONFIGURATION.format(base=self.base, location=location, uid=OWNER, port=port, dirty=dirty)
        self.configuration = self.base / "dovecot.conf"
        self.configuration.write_text(text, encoding="ascii")
        passwords = "".join(f"{user}:{PASSWORD}\n" for user in users)
        (self.base / "users").write_text(passwords, encoding="ascii")

    def start(self):
        self.pid = self.spawn([self.program, "-F", "-c", self.configuration]).pid
        self.wait_for_greeting()

    def delivery_agent(self, user):
        return ["/usr/lib/dovecot/dovecot-lda", "-c", self.configuration, "-d", user]

    def maildrop(self, user):
        return self.base / "mail" / user

    def owner(self, user):
        return OWNER, OWNER

    def forget(self, user):
        shutil.rmtree(self.base / "index" / user, ignore_errors=True)
        if self.kind == "Maildir":
            for note in Path(self.maildrop(user)).glob("dovecot*"):
                note.unlink()
