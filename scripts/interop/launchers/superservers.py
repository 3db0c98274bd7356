"""inetd, xinetd and tcpserver: the client's own socket, which for the first two is standard error as well."""

import os
import select
import shutil
from pathlib import Path

from fixture import CLIENT_SECONDS, Failure
from cases import case, same
from launchers.raw import SESSION, Tcp, converse
from launchers.trial import Launch, reachable, trial, user_name

XINETD = Path(os.environ.get("POP1081_XINETD", "xinetd"))


def inetd(config):
    def argv(launch):
        service = {"pop3 stream": f"127.0.0.1:{launch.port} stream", "wait pop1081": f"wait {user_name()}"}
        return ["inetd", "-d", "-i", launch.config(config, **service)]

    return lambda launch: launch.start(argv)


@case("openbsd-inetd", "nowait: a server for each client", serve=False)
def nowait(fixture):
    trial(fixture, "openbsd-inetd, nowait", inetd("inetd-nowait.conf"))


@case("openbsd-inetd", "stray octets are found where there are some", serve=False)
def judged(fixture):
    reachable(fixture)
    launch = Launch(fixture, "stray", first="echo a stray line >&2")
    inetd("inetd-nowait.conf")(launch)
    try:
        converse(Tcp(launch.port), SESSION)
    except Failure as found:
        same("found", "a stray line" in str(found), True)
    else:
        raise Failure("a line on standard error passed for the server's")
    finally:
        launch.end_servers()


@case("openbsd-inetd", "wait: one server for all clients", serve=False)
def wait(fixture):
    trial(fixture, "openbsd-inetd, wait", inetd("inetd-wait.conf"))


@case("openbsd-inetd", "wait: 300 sessions, one server; after it, another", serve=False)
def wait_many(fixture):
    """More sessions than inetd would start servers for in a minute; and clients that come while a server ends."""
    reachable(fixture)
    # The server ends when nobody has come for so long; here a session takes milliseconds.
    launch = Launch(fixture, "many", log=True, options="--autologout 4")
    try:
        inetd("inetd-wait.conf")(launch)
        for _ in range(300):
            converse(Tcp(launch.port), [SESSION[0], (b"QUIT", b"+OK dewey POP3 server signing off\r\n")])
        first = served_by(launch, 1)
        end_of(first)
        converse(Tcp(launch.port), SESSION)
        served_by(launch, 2)
    finally:
        launch.end_servers()


def served_by(launch, servers):
    noted = launch.noted()
    if len(noted) != servers:
        raise Failure(f"{len(noted)} servers were started, not {servers}")
    return int(noted[-1][0])


def end_of(pid):
    """Wait for the end of a server that is no child of ours; it ends when nobody comes."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = select.select([descriptor], [], [], CLIENT_SECONDS)[0]
    os.close(descriptor)
    if not ended:
        raise Failure("the server did not end, although nobody came")


@case("xinetd", "wait = no: a server for each client", serve=False)
def xinetd_nowait(fixture):
    xinetd(fixture, "no")


@case("xinetd", "wait = yes: one server for all clients", serve=False)
def xinetd_wait(fixture):
    xinetd(fixture, "yes")


def xinetd(fixture, wait):
    if not shutil.which(XINETD):
        raise Failure(f"there is no {XINETD}")

    def argv(launch):
        place = {
            "service pop3\n{": f"service pop3\n{{\n    type = UNLISTED\n    port = {launch.port}\n    bind = 127.0.0.1",
            "user        = pop1081": f"user = {user_name()}",
            "wait        = no": f"wait = {wait}",
        }
        config = launch.config("xinetd.conf", **place)
        return [XINETD, "-dontfork", "-f", config, "-pidfile", launch.directory / "pid"]

    trial(fixture, f"xinetd, wait = {wait}", lambda launch: launch.start(argv))


@case("tcpserver", "a server for each client", serve=False)
def tcpserver(fixture):
    trial(fixture, "tcpserver", lambda launch: launch.start(lambda it: it.shipped_script("tcpserver")))
