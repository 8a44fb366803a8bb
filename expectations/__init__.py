"""Checks on a load: suites as data, their runner, and the gate that decides on a release."""
