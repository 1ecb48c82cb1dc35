"""Ports for the nodes of a Redis Cluster: in a row, and each with its bus ten thousand above."""

import socket

NODES = 7
"""Six, and room for one more."""


def free_row(first: int = 21000) -> int:
    """The first of NODES ports in a row that nobody listens on, nor ten thousand above."""
    return next(start for start in range(first, first + 8000, 10) if all(_free(start + place + bus) for place in range(NODES) for bus in (0, 10000)))


def six_free_ports() -> tuple[int, ...]:
    start = free_row(23000)
    return tuple(range(start, start + 6))


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
