"""The gateway for old machines, from the lines in docs/launchers.md: fetchmail gets mail over TLS from a provider of
today, which is Dovecot, `deliver` stores it, and mail programs of another time fetch it in the clear."""

import os
import re
import shutil
from pathlib import Path

import maildrops
from cases import case, left_on_disk, same
from clients.eudora import FirstUnread, letter
from clients.nmh import Folder
from fixture import Failure, NotPlayed
from lib.ports import free_port
from peers.dovecot import Dovecot

ROOT = Path(__file__).parents[3]
DOVECOT = "/usr/sbin/dovecot"
NOTHING_NEW = 1
TLS = """
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
protocol pop3 {{
  pop3_enable_last = yes
  pop3_no_flag_updates = no
}}
service pop3-login {{
  inet_listener pop3s {{
    port = {port}
  }}
}}
"""


class Provider(Dovecot):
    """Lets people in with TLS alone; its plain port is for seeing that it is up."""

    def __init__(self, fixture, people):
        for directory in (fixture.work, fixture.work.parent):
            directory.chmod(0o711)  # its processes are other users'
        super().__init__(fixture.work / "provider", DOVECOT, "mbox", free_port(), people)
        self.certificate, self.tls_port = self.base / "certificate.pem", free_port()
        fixture.run(ROOT / "scripts" / "launch" / "certificate", self.certificate, "localhost")
        with open(self.configuration, "a", encoding="ascii") as configuration:
            configuration.write(TLS.format(certificate=self.certificate, port=self.tls_port))

    def receive(self, person, *messages):
        path = self.maildrop(person)
        with open(path, "ab") as mbox:
            for message in messages:
                mbox.write(maildrops.Maildrop((message,)).piece(1))
        path.chmod(0o600)
        os.chown(path, *self.owner(person))

    def keeps(self, person):
        return len(re.findall(rb"(?m)^Message-ID: <letter", self.maildrop(person).read_bytes()))


def recipe(fixture, provider):
    """The `.fetchmailrc` of docs/launchers.md with the places of this case in it."""
    lines = (ROOT / "docs" / "launchers.md").read_text().splitlines()
    start = next(at for at, line in enumerate(lines) if ".fetchmailrc" in line and line.startswith("    #"))
    text = "\n".join(line[4:] for line in lines[start : lines.index("", start)])
    places = {
        "poll pop.example.org": f"poll localhost service {provider.tls_port}",
        'password "her-password" ssl': f'password "{maildrops.PASSWORD}" ssl sslcertfile {provider.certificate} no rewrite',
        "ann@example.org": "ann",
        "/usr/local/bin/pop1081": str(fixture.binary),
        "/var/lib/pop1081/Users": str(fixture.users),
        "mrose": "empty",
    }
    for old, new in places.items():
        if old not in text:
            raise Failure(f"the gateway in docs/launchers.md does not say `{old}` any more")
        text = text.replace(old, new)
    return fixture.write(".fetchmailrc", f"set idfile {fixture.home}/ids\nset pidfile {fixture.home}/pid\n{text}\n")


def bodies(messages):
    """What is left when the headers that the two programs on the way have added are taken off."""
    return [re.search(rb"(?ms)^From: Marshall Rose .*", message)[0].replace(b"\r\n", b"\n") for message in messages]


@case("gateway", "Dovecot, TLS, fetchmail, deliver; then inc and FirstUnread")
def gateway(fixture):
    if os.geteuid() != 0:
        raise NotPlayed("only root may start Dovecot")
    provider = Provider(fixture, ["ann"])
    rc = recipe(fixture, provider)
    letters = [letter(number) for number in range(1, 8)]
    provider.start()
    try:

        def fetch(codes=(0,)):
            return fixture.run("fetchmail", "--fetchmailrc", rc, "--silent", "--nodetach", "--nosyslog", codes=codes)

        program = FirstUnread(fixture, "empty")
        provider.receive("ann", *letters[:3])
        fetch()
        same("left at the provider", provider.keeps("ann"), 0)
        program.session()
        same("stored", bodies(program.stored), bodies(m.octets for m in letters[:3]))

        # A maildrop that can't be used now: what comes meanwhile waits at the provider.
        second = fixture.work / "second-name"
        os.link(fixture.users / "empty", second)
        provider.receive("ann", *letters[3:5])
        fetch()
        same("kept at the provider", provider.keeps("ann"), 2)
        second.unlink()
        fetch()
        same("left at the provider", provider.keeps("ann"), 0)
        fetch(codes=(NOTHING_NEW,))
        program.session(lambda messages: (1, 3))
        same("stored", bodies(program.stored), bodies(m.octets for m in letters[:5]))

        provider.receive("ann", *letters[5:])
        fetch()
        program.session(lambda messages: (1, 2))
        same("stored", bodies(program.stored), bodies(m.octets for m in letters))
        folder = Folder(fixture, "empty")
        # From deletion to deletion: letters 2, 4 and 5 were left, then 2 and 4 went.
        same("what inc gets", bodies(folder.inc()), bodies(m.octets for m in letters[4:]))
        left_on_disk(fixture, "empty", maildrops.ALL["empty"])
    finally:
        provider.stop()
        shutil.rmtree(provider.base, ignore_errors=True)
