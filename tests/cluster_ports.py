"""Ports for the nodes of a Redis Cluster: in a row, and each with its bus ten thousand above.

Both stay below 32768, where Linux starts to hand out the local ends of connections: such an end is no listener that a probe would meet, and yet it
keeps a node from its bus.
"""

import socket

NODES = 7
"""Six, and room for one more."""


def free_row(first: int = 12000) -> int:
    """The first of NODES ports in a row that can be bound, as can those ten thousand above."""
    return next(start for start in range(first, first + 5000, 10) if all(_free(start + place + bus) for place in range(NODES) for bus in (0, 10000)))


def six_free_ports() -> tuple[int, ...]:
    start = free_row(17500)
    return tuple(range(start, start + 6))


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
