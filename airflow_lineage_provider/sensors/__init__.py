"""Sensors: they wait for what somebody else starts, and change nothing."""
