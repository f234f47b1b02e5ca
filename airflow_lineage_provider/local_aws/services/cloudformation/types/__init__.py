"""The resource types of the local stack, a module per service."""
