"""The works that start a program for each message or connection, and the memory of one session."""

import subprocess

import build
from peers import processes
from peers.tcpserver import Tcpserver

AGENT_USER = "small999"
MILLION = 1_000_000


def deliver(at_once, row):
    def work(world, server, seconds):
        world.renew(server, AGENT_USER)
        agent = server.delivery_agent(AGENT_USER)
        return {row: world.load("deliver", at_once, seconds, *agent)["rate"]}

    return work


def inetd(wanted):
    """Sessions of users with ten messages, a process each; with pop1081 also by the statically linked one."""

    def work(world, server, seconds):
        for user in ("small1", "small2"):
            world.place(server, user)
        command = server.inetd_command()
        found = {"inetd": launched(world, command, seconds)}
        if server.name == "pop1081" and "inetd-static" in wanted:
            found["inetd-static"] = launched(world, [build.static(), *command[1:]], seconds)
        return found

    return work


def launched(world, command, seconds):
    launcher = Tcpserver(world.scratch / "tcpserver", command)
    launcher.start()
    try:
        return world.load("logins", launcher.address, "small", 2, 2 * seconds)["rate"]
    finally:
        launcher.stop()


def uidl_first(user, row):
    def work(world, server, _):
        world.renew(server, user)
        return {row: world.load("first-uidl", server.address, user)["ms"]}

    return work


def memory(world, server, _):
    """A session that has listed 1,000,000 messages, in octets per message: then, at most while it quits, and
    what is left of it afterwards."""
    world.renew(server, "million")
    world.load("first-uidl", server.address, "million")
    server.stop()
    server.start()
    before = server.memory()
    command = [str(build.load()), "hold", server.address, "million"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holding:
        expect(holding, "listed")
        listed = server.memory()
        if server.starts_processes:
            answer(holding)
            expect(holding, "quit")
            answer(holding)
            return {"million-listed": (listed - before) / MILLION}
        processes.forget_peak(server.pid)
        answer(holding)
        expect(holding, "quit")
        values = {"million-quit": processes.peak(server.pid), "million-after": server.memory()}
        answer(holding)
    return {row: (held - before) / MILLION for row, held in {"million-listed": listed, **values}.items()}


def expect(holding, state):
    if holding.stdout.readline() != f"{state}\n":
        raise RuntimeError(f"the session does not come to: {state}")


def answer(holding):
    holding.stdin.write("\n")
    holding.stdin.flush()
