"""Other POP3 servers, installed and started on loopback, in a place of their own.

`apart` takes the program into namespaces of its own, where nothing that it does stays behind or is seen
from outside; `install` fetches the servers through apt; each server has a module.
"""
