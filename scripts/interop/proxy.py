"""The recording proxy: stands between client and server, passes every octet on and keeps a transcript."""

import socket
import threading

from transcript import Transcript

RESERVED = range(1023, 599, -1)
JOIN_SECONDS = 60


class Proxy:
    """Listens on a loopback port of its own; each connection is passed on to `upstream`."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.transcripts = []
        self.sessions = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.acceptor = threading.Thread(target=self.accept_all, daemon=True)
        self.acceptor.start()

    def accept_all(self):
        while True:
            try:
                client, address = self.listener.accept()
            except OSError:
                return  # closed: the case is over
            transcript = Transcript()
            self.transcripts.append(transcript)
            session = threading.Thread(target=self.serve, args=(client, address, transcript), daemon=True)
            self.sessions.append(session)
            session.start()

    def serve(self, client, address, transcript):
        with client:
            try:
                server = connect_like(address, self.upstream)
            except OSError as error:
                transcript.lines.append(f"proxy: no connection to the server: {error}")
                return
            with server:
                back = threading.Thread(target=pump, args=(server, client, "S", transcript), daemon=True)
                back.start()
                pump(client, server, "C", transcript)
                back.join()

    def finish(self):
        """Wait until every session has ended on both sides, so that the transcripts are whole."""
        for session in self.sessions:
            session.join(JOIN_SECONDS)
            if session.is_alive():
                raise TimeoutError(f"a session was still open {JOIN_SECONDS} s after its client had ended")

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.acceptor.join(JOIN_SECONDS)


def connect_like(address, upstream):
    """Connect to the server; from a reserved port exactly if the client came from one, since RPOP looks at it."""
    if address[1] >= 1024:
        server = socket.create_connection(upstream)
    else:
        server = connect_reserved(upstream)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server


def connect_reserved(upstream, ports=RESERVED):
    """Connect from some free port below 1024. PermissionError says that this process may not."""
    for port in ports:
        try:
            return socket.create_connection(upstream, source_address=("127.0.0.1", port))
        except PermissionError:
            raise
        except OSError:
            continue  # taken, or still in TIME_WAIT
    raise OSError("every port from 600 to 1023 is taken")


def pump(source, sink, side, transcript):
    """Pass octets on until the source ends, then end the sink's side of the connection, too."""
    try:
        while octets := source.recv(65536):
            transcript.feed(side, octets)
            sink.sendall(octets)
    except OSError:
        pass  # reset by either end: the same as an end here
    for end, how in ((sink, socket.SHUT_WR), (source, socket.SHUT_RD)):
        try:
            end.shutdown(how)
        except OSError:
            pass  # already gone
