"""What the checks stand on: the server, clients, figures."""
