"""systemd's units: each ExecStart as systemd would start it, through systemd-socket-activate, and what systemd thinks of the files."""

import re
import shlex
from concurrent.futures import ThreadPoolExecutor

from fixture import Failure
from cases import case, same
from launchers.raw import LOGIN, SESSION, Tcp, converse
from launchers.superservers import served_by
from launchers.trial import SHIPPED, Launch, reachable, trial

STATE = "%S/pop1081/Users"


def exec_start(launch, unit):
    """The command of a unit, for the trial's program and Users."""
    text = (SHIPPED / "systemd" / unit).read_text()
    command = re.search(r"(?m)^ExecStart=pop1081 (.*)", text).group(1)
    if STATE not in command:
        raise Failure(f"{unit} does not serve {STATE}")
    log = ["--log", launch.log] if launch.log else []
    return [launch.program, *shlex.split(command.replace(STATE, str(launch.users))), *log]


def settings(unit):
    """What a unit says, `Key=value` each."""
    return set((SHIPPED / "systemd" / unit).read_text().splitlines())


def activated(unit, *how):
    def argv(launch):
        address = f"127.0.0.1:{launch.port}"
        return ["systemd-socket-activate", "--inetd", *how, "--listen", address, *exec_start(launch, unit)]

    return lambda launch: launch.start(argv)


@case("systemd", "pop1081-nowait: Accept=yes, a server for each client", serve=False)
def nowait(fixture):
    same("Accept", "Accept=yes" in settings("pop1081-nowait.socket"), True)
    same("StandardInput", "StandardInput=socket" in settings("pop1081-nowait@.service"), True)
    trial(fixture, "systemd, Accept=yes", activated("pop1081-nowait@.service", "--accept"))


@case("systemd", "pop1081-wait: Accept=no, one server for all clients", serve=False)
def wait(fixture):
    same("Accept", "Accept=yes" in settings("pop1081-wait.socket"), False)
    same("StandardInput", "StandardInput=socket" in settings("pop1081-wait.service"), True)
    trial(fixture, "systemd, Accept=no", activated("pop1081-wait.service"))


@case("systemd", "pop1081-wait: sessions side by side in one server", serve=False)
def side_by_side(fixture):
    """More than the 20 starts in 2 s after which systemd gives a socket up, ten at a time."""
    reachable(fixture)
    launch = Launch(fixture, "many", log=True)
    try:
        activated("pop1081-wait.service")(launch)
        held = Tcp(launch.port)  # a client that says nothing keeps nobody waiting
        with ThreadPoolExecutor(10) as clients:
            dialogue = [LOGIN[0], (b"QUIT", b"+OK dewey POP3 server signing off\r\n")]
            for done in [clients.submit(lambda: converse(Tcp(launch.port), dialogue)) for _ in range(100)]:
                done.result()
        converse(Tcp(launch.port), SESSION)
        served_by(launch, 1)
        held.close()
    finally:
        launch.end_servers()
