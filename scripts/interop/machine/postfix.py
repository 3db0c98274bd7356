"""A real Postfix on the machine, which delivers through the lines of the README."""

import json
import re
import smtplib
from pathlib import Path

from . import tree
from .tree import until

LOG = Path("/var/log/postfix.log")
# Where Debian's package has the master.cf that it starts with.
SHIPPED = ("/usr/share/postfix/master.cf.dist", "/etc/postfix/master.cf.proto")
# What a site has besides the README's lines: a name, and that it is alone.
OWN = f"""
compatibility_level = 3.6
myhostname = dewey.example
mydestination = dewey.example, localhost
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
maillog_file = {LOG}
maillog_file_prefixes = /var
"""


class Postfix:
    def __init__(self, machine, package):
        self.machine = machine
        for directory in ("/var/spool/postfix", "/var/lib/postfix", "/etc/postfix"):
            machine.run("rm", "-rf", directory)
        machine.run("debconf-set-selections", stdin=b"postfix postfix/main_mailer_type select No configuration\n")
        Path("/usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
        Path("/usr/sbin/policy-rc.d").chmod(0o755)
        machine.run("dpkg", "--force-all", "--no-triggers", "--install", package)
        self.configure()
        machine.run("postfix", "start")
        until("Postfix listens on port 25", lambda: tree.listens(25))

    def configure(self):
        """The lines after `# main.cf` and those after `# master.cf`, as the README prints them."""
        main = [line for line in tree.block("README.md", "# main.cf") if not line.startswith("#")]
        master = [line for line in tree.block("README.md", "# master.cf") if not line.startswith("#")]
        tree.must("pop1081(8) has the lines of the README", "\n".join(master) in tree.manual("pop1081 unix"))
        Path("/etc/postfix/main.cf").write_text(OWN + "\n".join(main) + "\n", encoding="utf-8")
        shipped = next(path for path in map(Path, SHIPPED) if path.exists()).read_text(encoding="utf-8")
        Path("/etc/postfix/master.cf").write_text(shipped + "\n".join(master) + "\n", encoding="utf-8")
        self.machine.run("postconf", "-F", "*/*/chroot = n")
        self.machine.run("postfix", "set-permissions", "create-missing")

    def send(self, message, users):
        """By SMTP, one message to all of them."""
        with smtplib.SMTP("127.0.0.1", 25, timeout=tree.SECONDS) as client:
            client.sendmail("ann@example.org", [f"{user}@dewey.example" for user in users], message)

    def admits(self, user):
        """Whether it takes a message for this user, by SMTP: the code, and what it says."""
        with smtplib.SMTP("127.0.0.1", 25, timeout=tree.SECONDS) as client:
            client.ehlo()
            client.mail("ann@example.org")
            code, said = client.rcpt(f"{user}@dewey.example")
        return code, said.decode("utf-8")

    def submit(self, message, user):
        """As a program on this machine does."""
        self.machine.run("/usr/sbin/sendmail", "-i", "-f", "ann@example.org", user, stdin=message)

    def queue(self):
        """What is queued: the name of the queue and, for each recipient, why it waits."""
        _, said = self.machine.run("postqueue", "-j")
        return [json.loads(line) for line in said.splitlines()]

    def deliver_all(self):
        until("Postfix has delivered everything", lambda: not self.queue())

    def defers(self, recipients):
        """Wait until so many recipients wait for a later time; gives the reasons, one of each kind."""

        def waiting():
            queued = [entry for entry in self.queue() if entry["queue_name"] == "deferred"]
            return [person["delay_reason"] for entry in queued for person in entry["recipients"]]

        until(f"{recipients} deliveries are put off", lambda: len(waiting()) >= recipients)
        return waiting()

    def try_again(self):
        self.machine.run("postqueue", "-f")

    def log(self):
        return LOG.read_text(encoding="utf-8", errors="backslashreplace")

    def statuses(self):
        """How often each status was logged."""
        found = re.findall(r" dsn=[\d.]+, status=(\w+)", self.log())
        return {status: found.count(status) for status in sorted(set(found))}

    def stop(self):
        self.machine.run("postfix", "stop")
