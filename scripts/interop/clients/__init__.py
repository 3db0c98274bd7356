"""The clients, each with its cases."""
