"""Buttons from a task to the AWS console and to the lineage view."""
