"""A machine for a day: a tree of its own over this one's, Postfix, thirty users, and the accounts of their mail."""
