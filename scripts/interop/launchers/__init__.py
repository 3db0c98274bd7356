"""A case for every program that can launch the server, from the configurations in scripts/launch."""
