"""Continuous profiles: those a Pyroscope server keeps, and those that agents push to a receiver of our own."""
