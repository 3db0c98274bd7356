"""What must go well after every disturbance: a login, a delivery, and reading all mail."""

from lib.pop import Closed, Refused

from .maildrop import NAME, PASSWORD, delivered, letter, retrieved
from .programs import Hung, Inetd, deliver

NEXT = letter(b"the next")


def wrong_afterwards(prover, users, inventory, passwords=(PASSWORD,)):
    """Everything that is wrong; `passwords` are those of which just one opens the maildrop."""
    fetched, wrong = read_all(prover, users, passwords)
    if fetched is not None:
        wrong += inventory.wrong_with(fetched)
    status, log = deliver(prover.binary, users, NEXT)
    if status != 0:
        return [*wrong, f"locked out: a delivery gives {status}: {log.text()[-300:]}"]
    fetched, more = read_all(prover, users, passwords)
    if fetched is not None:
        more += inventory.with_more(retrieved(delivered(NEXT))).wrong_with(fetched)
    return list(dict.fromkeys(wrong + more))


def read_all(prover, users, passwords):
    """Every message, None where no password opens the maildrop; and what is wrong."""
    opened, refused = [], []
    for password in passwords:
        try:
            opened.append(session(prover, users, password))
        except (Closed, Refused, Hung) as failure:
            refused.append(f"locked out with {password}: {failure}")
    if not opened:
        return None, refused
    fetched, panics = opened[0]
    return fetched, panics + (["two passwords open the maildrop"] if len(opened) > 1 else [])


def session(prover, users, password):
    with Inetd(prover.binary, users, options=("--login-delay", "0")) as session:
        session.greeting()
        session.client.login(NAME, password)
        fetched = session.client.retr_all()
        session.client.must("QUIT")
        session.end()
        return fetched, session.log.panics()
