"""socat and ncat, which carry the octets themselves and say in variables where they come from."""

from cases import case
from launchers.trial import trial


def socat(fixture, how, known_by="SOCAT_PEERADDR", *options):
    def argv(launch):
        return [*launch.shipped_script("socat", HOW=how), *options]

    trial(fixture, f"socat EXEC, {how}", lambda launch: launch.start(argv), known_by=known_by)


@case("socat", "EXEC as shipped, socket pair", serve=False)
def socketpair(fixture):
    socat(fixture, "socket")


@case("socat", "EXEC as shipped, pipes", serve=False)
def pipes(fixture):
    socat(fixture, "pipes")


@case("socat", "EXEC as shipped, terminal", serve=False)
def terminal(fixture):
    socat(fixture, "pty")


@case("socat", "EXEC as shipped, nofork", serve=False)
def nofork(fixture):
    socat(fixture, "nofork", known_by="socket")


@case("ncat", "--exec as shipped", serve=False)
def ncat(fixture):
    trial(fixture, "ncat --exec", lambda launch: launch.start(lambda it: it.shipped_script("ncat")), known_by="NCAT_REMOTE_ADDR")
