"""GNU Mailutils' pop3d, from a configuration of its own, with a Maildir for each user and a process for each
connection."""

import subprocess

from .server import PASSWORD, Server

CONFIGURATION = """mode daemon;
foreground yes;
pidfile "{base}/pid";
max-children 100;
timeout 600;
logging {{
  syslog no;
}}
mailbox {{
  mailbox-pattern "maildir:{mail}/${{user}}";
}}
locking {{
  retry-count 1;
  retry-sleep 1;
}}
mandatory-locking {{
  lock-directory "{base}/lock";
}}
apop-database-file "gdbm://{base}/apop";
apop-database-owner root;
server 127.0.0.1:{port} {{
  backlog 1024;
  tls-mode no;
}}
"""


class Mailutils(Server):
    name = "Mailutils"

    def __init__(self, base, programs, accounts, port=1113):
        """`programs`: pop3d and popauth. `accounts` must have been made when it is started."""
        super().__init__(base, port)
        self.program, self.popauth = programs
        self.accounts = accounts
        self.mail = base / "mail"
        self.mail.mkdir(exist_ok=True)
        # It locks as the user.
        (base / "lock").mkdir(exist_ok=True)
        (base / "lock").chmod(0o1777)
        self.configuration = base / "mailutils.conf"
        text = CONFIGURATION.format(base=base, mail=self.mail, port=port)
        self.configuration.write_text(text, encoding="ascii")

    def start(self):
        (self.base / "apop").unlink(missing_ok=True)
        for user in self.accounts.ids:
            secret = ["--user", user, "--password", PASSWORD]
            database = ["--file", f"gdbm://{self.base}/apop"]
            subprocess.run([str(self.popauth), "--add", *database, *secret], check=True)
        self.pid = self.spawn([self.program, "--config-file", self.configuration]).pid
        self.wait_for_greeting()

    def maildrop(self, user):
        return self.mail / user

    def owner(self, user):
        return (self.accounts.ids[user],) * 2
