"""Typed calls to AWS: the only place of this package that talks to it."""
