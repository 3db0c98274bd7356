"""pop3server.py PORT MBOX: a POP3 server for one user. It lets everybody in; the rest is yours."""
import re
import socketserver
import sys


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.reply("+OK POP3 server ready")
        while line := self.rfile.readline():
            keyword, _, argument = line.decode("latin-1").rstrip("\r\n").partition(" ")
            command = getattr(self, "do_" + keyword.lower(), None)
            self.reply("+OK " + command(argument) if command else "-ERR no such command")
            if keyword.upper() == "QUIT":
                return

    def reply(self, line):
        self.wfile.write(line.encode("latin-1") + b"\r\n")

    def do_user(self, name):
        return "welcome"  # TODO

    def do_pass(self, password):
        return "come in"  # TODO

    def do_quit(self, _):
        return "goodbye"


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with open(sys.argv[2], "rb") as mbox:
    # The empty line before a line "From " separates messages and belongs to none.
    messages = re.split(rb"(?:\A|(?<=\n)\n)(?=From )", mbox.read())[1:]
Server(("127.0.0.1", int(sys.argv[1])), Session).serve_forever()
