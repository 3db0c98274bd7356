"""stunnel: TLS from the first octet before a server for each client, and STLS before the standalone server."""

import subprocess

from fixture import Failure
from lib.server import announced_port
from cases import case
from launchers.raw import Tcp, listen
from launchers.trial import SHIPPED, as_ordinary, own, trial


def certificate(launch):
    """Made by the shipped script; gives its place."""
    path = launch.directory / "certificate.pem"
    if not path.exists():
        launch.fixture.run(SHIPPED / "certificate", path, "dewey")
    return path


@case("stunnel", "POP3S, exec: a server for each client", serve=False)
def pop3s(fixture):
    def argv(launch):
        # With `foreground = yes` standard error is stunnel's; as a daemon it is the client's, as with `quiet`.
        places = {
            "127.0.0.1:995": f"127.0.0.1:{launch.port}",
            "foreground = yes": "foreground = quiet",
            "/var/lib/pop1081/certificate.pem": certificate(launch),
        }
        return ["stunnel", launch.config("stunnel-pop3s.conf", **places)]

    def connect(launch):
        return Tcp(launch.port, tls=True)

    trial(fixture, "stunnel, POP3S exec", lambda launch: launch.start(argv), connect, known_by="REMOTE_HOST")


@case("stunnel", "STLS, before the standalone server", serve=False)
def stls(fixture):
    def start(launch):
        behind = standalone(launch)

        def argv(launch):
            places = {
                "127.0.0.1:1110": f"127.0.0.1:{behind}",
                "127.0.0.1:110": f"127.0.0.1:{launch.port}",
                "/var/lib/pop1081/certificate.pem": certificate(launch),
            }
            return ["stunnel", launch.config("stunnel-stls.conf", **places)]

        launch.start(argv)

    def connect(launch):
        return Tcp(launch.port, prelude=start_tls, tls=True)

    trial(fixture, "stunnel, STLS before the standalone server", start, connect, known_by=None)


def standalone(launch):
    """A standalone server for this round; gives its port."""
    own(launch.directory)
    log = ["--log", launch.log] if launch.log else []
    with open(launch.said, "ab") as said:
        argv = [*as_ordinary(), launch.program, "--users", launch.users, "--listen", "127.0.0.1:0", *log]
        server = launch.fixture.spawn(argv, stdout=subprocess.PIPE, stderr=said)
    return announced_port(server.stdout)


def start_tls(connection):
    """STLS in the clear, after a greeting in which stunnel has its own name."""
    greeting = listen(connection, lambda got: b"\n" in got)
    connection.greeting = greeting.replace(b" + stunnel", b"")
    connection.send(b"STLS\r\n")
    reply = listen(connection, lambda got: b"\n" in got)
    if not reply.startswith(b"+OK"):
        raise Failure(f"STLS was answered with {reply!r}")
