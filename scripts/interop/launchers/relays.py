"""socat and ncat, which carry the octets themselves and say in variables where they come from."""

from cases import case
from launchers.trial import trial


def socat(bench, how, known_by="SOCAT_PEERADDR", *options):
    def argv(launch):
        return [*launch.shipped_script("socat", HOW=how), *options]

    trial(bench, f"socat EXEC, {how}", lambda launch: launch.start(argv), known_by=known_by)


@case("socat", "EXEC as shipped, socket pair", serve=False)
def socketpair(bench):
    socat(bench, "socket")


@case("socat", "EXEC as shipped, pipes", serve=False)
def pipes(bench):
    socat(bench, "pipes")


@case("socat", "EXEC as shipped, terminal", serve=False)
def terminal(bench):
    socat(bench, "pty")


@case("socat", "EXEC as shipped, nofork", serve=False)
def nofork(bench):
    socat(bench, "nofork", known_by="socket")


@case("ncat", "--exec as shipped", serve=False)
def ncat(bench):
    trial(bench, "ncat --exec", lambda launch: launch.start(lambda it: it.shipped_script("ncat")), known_by="NCAT_REMOTE_ADDR")
