"""The parts of a response time in words."""

from perfweek.bottlenecks.division import Division
from perfweek.bottlenecks.parts import CPU_PARTS

NAMES = {
    "database": "database",
    "cache": "cache",
    "serialisation": "serialisation",
    "own code": "own code",
    "cpu wait": "waiting for a CPU",
    "loop": "waiting for the GIL or the event loop",
    "network": "network, and until the service begins",
}


def part_title(division: Division, part: str) -> str:
    """The part's name; what nothing tells apart is named together."""
    unknown = division.unknown
    if part == "loop" and set(CPU_PARTS) <= unknown:
        return "rest of the service, not divided"
    if part == "loop" and "cpu wait" in unknown:
        return "waiting for a CPU, the GIL or the event loop"
    return "whole, not divided" if part == "network" and "database" in unknown else NAMES[part]
