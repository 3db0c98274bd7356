"""The memo's port 110 for a server that is not root: each documented way to it."""

import os
import pwd
import random
import re
from pathlib import Path

from fixture import Failure, NotPlayed
from cases import case, same
from clients.inetd import comes_to_listen
from launchers.raw import SESSION, Tcp, converse, listen
from launchers.systemd import exec_start
from launchers.trial import ORDINARY, SHIPPED, Launch, as_ordinary, own, reachable

NET_BIND_SERVICE = 1 << 10
POP3 = 110


def address():
    """One of this machine's own addresses, so that whoever else uses port 110 is not disturbed."""
    return f"127.{random.randint(1, 254)}.{random.randint(0, 254)}.{random.randint(1, 254)}"


def low(fixture):
    """A round, and an address for it."""
    if os.geteuid() != 0:
        raise NotPlayed("only root may hand a low port on")
    reachable(fixture)
    launch = Launch(fixture, "low", log=True)
    own(launch.directory)
    return launch, address()


def start(launch, argv, host):
    with open(launch.said, "ab") as said:
        launcher = launch.fixture.spawn([str(word) for word in argv], stdout=said, stderr=said)
    if not comes_to_listen(launcher, POP3, host):
        raise Failure(f"nobody listens on {host}:{POP3}:\n{launch.said.read_text()}")
    return launcher


def session(launch, host, rights=0):
    """Hold one; the server must be no root, and have no other right than these."""
    try:
        connection = Tcp(POP3, address=host)
        greeting = listen(connection, lambda got: b"\n" in got)
        server = int(launch.noted()[-1][0])
        same("user", os.stat(f"/proc/{server}").st_uid, pwd.getpwnam(ORDINARY).pw_uid)
        held = dict(re.findall(r"(?m)^Cap(Prm|Eff|Amb):\s*(\w+)$", Path(f"/proc/{server}/status").read_text()))
        same("capabilities", held, dict.fromkeys(["Prm", "Eff", "Amb"], f"{rights:016x}"))
        connection.greeting = greeting
        converse(connection, SESSION)
    finally:
        launch.end_servers()


@case("port 110", "setpriv as shipped: a server with one right", serve=False)
def setpriv(fixture):
    launch, host = low(fixture)
    values = dict(PROGRAM=launch.program, USERS=launch.users, RUN_AS=ORDINARY, LISTEN=f"{host}:{POP3}")
    start(launch, ["env", *(f"{name}={value}" for name, value in values.items()), SHIPPED / "setpriv"], host)
    session(launch, host, rights=NET_BIND_SERVICE)


@case("port 110", "inetd as root, the server as another user", serve=False)
def inetd(fixture):
    launch, host = low(fixture)
    service = {"pop3 stream": f"{host}:{POP3} stream", "nowait pop1081": f"nowait {ORDINARY}"}
    start(launch, ["inetd", "-d", "-i", launch.config("inetd-nowait.conf", **service)], host)
    session(launch, host)


@case("port 110", "tcpserver as root, the server as another user", serve=False)
def tcpserver(fixture):
    launch, host = low(fixture)
    values = dict(PROGRAM=launch.program, USERS=launch.users, RUN_AS=ORDINARY, ADDRESS=host, PORT=POP3)
    start(launch, ["env", *(f"{name}={value}" for name, value in values.items()), SHIPPED / "tcpserver"], host)
    session(launch, host)


@case("port 110", "systemd's socket, the server as another user", serve=False)
def systemd(fixture):
    launch, host = low(fixture)
    server = [*as_ordinary(), *exec_start(launch, "pop1081-wait.service")]
    start(launch, ["systemd-socket-activate", "--inetd", "--listen", f"{host}:{POP3}", *server], host)
    session(launch, host)
