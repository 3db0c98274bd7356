"""The mail programs of the thirty users: each fetches everything and has it deleted on the server."""

NOTHING_NEW = 1
STORE = '#!/bin/sh\ncat >"$1/$(printf %04d "$(ls "$1" | wc -l)")"\n'


class Programs:
    """`password` opens every maildrop; the server is on port 110."""

    def __init__(self, machine, ledger, password):
        self.machine, self.ledger, self.password = machine, ledger, password
        self.homes = machine.scratch / "homes"
        self.homes.mkdir()

    def fetch(self, user, program):
        """Run it once; gives how many messages it has stored."""
        home = self.homes / user
        for part in ("inbox", "Maildir/new", "Maildir/cur", "Maildir/tmp", "Mail/inbox"):
            (home / part).mkdir(parents=True, exist_ok=True)
        stored = getattr(self, program)(home, user)
        messages = [path.read_bytes() for path in stored]
        for path in stored:
            path.unlink()
        return self.ledger.receive(user, messages)

    def fetchmail(self, home, user):
        write(home / "store", STORE, 0o700)
        write(
            home / ".fetchmailrc",
            f"set no bouncemail\nset pidfile {home}/pid\nset idfile {home}/ids\n"
            f"poll localhost via 127.0.0.1 protocol pop3 user {user} password {self.password} sslproto ''"
            f" fetchall no rewrite mda '{home}/store {home}/inbox'\n",
        )
        self.machine.run("fetchmail", "--nodetach", "--nosyslog", "--silent", home=home, codes=(0, NOTHING_NEW))
        return sorted((home / "inbox").iterdir())

    def mpop(self, home, user):
        write(
            home / ".mpoprc",
            f"account default\nhost 127.0.0.1\nport 110\ntls off\nauth user\nuser {user}\npassword {self.password}\n"
            f"keep off\nuidls_file {home}/uidls\ndelivery maildir {home}/Maildir\n",
        )
        self.machine.run("mpop", "--quiet", home=home)
        return sorted((home / "Maildir" / "new").iterdir())

    def inc(self, home, user):
        write(home / ".mh_profile", "Path: Mail\nWelcome: disable\n")
        write(home / ".netrc", f"machine 127.0.0.1 login {user} password {self.password}\n")
        self.machine.run(
            "/usr/bin/mh/inc", "-host", "127.0.0.1", "-port", "110", "-user", user, home=home, codes=(0, NOTHING_NEW)
        )
        return sorted(path for path in (home / "Mail" / "inbox").iterdir() if path.name.isdigit())


def write(path, text, mode=0o600):
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


KINDS = ("fetchmail", "mpop", "inc")

