"""ssh with the shipped configuration, and a person at a terminal."""

import os
import pty
import pwd
import subprocess
import termios

from fixture import end
from cases import case
from launchers.trial import as_ordinary, own, trial

SSH = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]


class Pipes:
    """An ssh client's standard input and output; ssh alone knows its port."""

    peer, line_end, greeting = r"127\.0\.0\.1:\d+", b"\r\n", None

    def __init__(self, fixture, argv):
        pipe = subprocess.PIPE
        self.child = fixture.spawn(argv, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        fixture.children.remove(self.child)

    def send(self, octets):
        self.child.stdin.write(octets)

    def receive(self):
        return os.read(self.child.stdout.fileno(), 65536)

    def close(self):
        end(self.child)


@case("ssh", "ForceCommand as shipped", serve=False)
def ssh(fixture):
    user = pwd.getpwuid(os.geteuid()).pw_name

    def start(launch):
        for key in ("host", "client"):
            launch.fixture.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", launch.directory / key)

        def argv(launch):
            config = launch.config("sshd.conf", **{"Match User pop1081": f"Match User {user}"})
            own_settings = (
                f"ListenAddress 127.0.0.1\nPort {launch.port}\nHostKey {launch.directory}/host\nUsePAM no\n"
                f"AuthorizedKeysFile {launch.directory}/client.pub\nStrictModes no\nPidFile none\n"
            )
            config.write_text(own_settings + config.read_text())
            if os.geteuid() == 0:
                os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
            return ["/usr/sbin/sshd", "-D", "-e", "-f", config]

        launch.start(argv, ordinary=False)
        os.chmod(launch.directory / "client", 0o600)
        if os.geteuid() == 0:
            os.chown(launch.directory / "client", 0, 0)

    def connect(launch):
        identity = ["-F", "none", "-i", str(launch.directory / "client"), "-p", str(launch.port)]
        return Pipes(launch.fixture, ["ssh", "-T", *SSH, *identity, f"{user}@127.0.0.1"])

    trial(fixture, "ssh, ForceCommand", start, connect, known_by="SSH_CONNECTION")


class Screen:
    """A terminal as it is, but that it does not show what is typed."""

    peer, line_end, greeting = "a local peer", b"\r", None

    def __init__(self, launch):
        own(launch.directory)
        self.terminal, inside = pty.openpty()
        modes = termios.tcgetattr(inside)
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(inside, termios.TCSANOW, modes)
        log = ["--log", launch.log] if launch.log else []
        argv = [*as_ordinary(), launch.program, "inetd", "--users", launch.users, *log]
        self.child = launch.fixture.spawn(argv, stdin=inside, stdout=inside, stderr=inside)
        launch.fixture.children.remove(self.child)
        os.close(inside)

    def send(self, octets):
        os.write(self.terminal, octets)

    def receive(self):
        """What is shown; the terminal makes CR LF of every LF, and so CR CR LF of the server's line ends."""
        try:
            return os.read(self.terminal, 65536).replace(b"\r\r\n", b"\r\n")
        except OSError:
            return b""  # nobody has the terminal open any more

    def close(self):
        end(self.child)
        os.close(self.terminal)


@case("terminal", "a person types", serve=False)
def terminal(fixture):
    trial(fixture, "a terminal", lambda launch: None, Screen, known_by="terminal")
