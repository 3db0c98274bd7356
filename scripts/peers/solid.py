"""solid-pop3d, started for each connection by inetd, as Debian has it, with a Maildir for each user."""

from .inetd import InetdServer

# A session of mistakes is a session, too. APOP wants secrets in home directories, which nobody has here.
CONFIGURATION = """<Global>
MailDropName "{mail}/%s"
MailDropType maildir
LogStatistics no
UserOverride no
AllowAPOP no
AddBulletins no
AutoLogoutTime 10m
WrongCommandsLimit 0
</Global>
"""


class SolidPop3d(InetdServer):
    """Among the accounts must be a user `spop3d`."""

    name = "solid-pop3d"

    def __init__(self, base, programs, accounts, port=1114):
        own = base / "spop3d.conf"
        super().__init__(base, programs, accounts, port, "-f", own)
        own.write_text(CONFIGURATION.format(mail=self.mail), encoding="ascii")
