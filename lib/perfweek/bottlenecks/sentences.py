"""Monday's sentences about bottlenecks."""

from collections.abc import Sequence

from perfweek.bottlenecks.division import Division
from perfweek.bottlenecks.finding import Finding
from perfweek.bottlenecks.parts import CPU_PARTS
from perfweek.bottlenecks.study import Study
from perfweek.bottlenecks.titles import part_title
from perfweek.wording import bracketed, count, listed, number, percent

NOTHING = "No request was answered as expected, so there is nothing to divide."
_MOST_NAMED = 3


def parts_sentence(study: Study) -> str:
    """How the 95th percentile of the endpoint with most response time divides, its largest parts named."""
    if not study.divisions:
        return NOTHING
    first = study.divisions[0]
    if "database" in first.unknown:
        return f"No data: the access log has no line of `{first.endpoint}`, so its {number(first.p95_ms)} ms (p95) are not divided."
    largest = sorted((part for part in first.parts if part.known), key=lambda part: -part.p95.value)[:_MOST_NAMED]
    said = [f"{part_title(first, part.part)} {bracketed(part.share, '%')}" for part in largest]
    return f"Where the {number(first.p95_ms)} ms of `{first.endpoint}` at the 95th percentile go: {'; '.join(said)}.{_not_told(first)}"


def bottleneck_sentence(findings: Sequence[Finding]) -> str:
    """The first of the list and what its removal gives back, and the next two."""
    told = [one for one in findings if one.removal.of_all.value == one.removal.of_all.value]
    warnings = " ".join(f"{one.title}: {one.sentence}" for one in findings if one.first)
    if not told:
        return warnings or "No bottleneck was found that takes a percent of all response time."
    first = told[0]
    next_ones = [f"{one.title} ({_where(one)}, {percent(round(one.removal.of_all.value, 2))})" for one in told[1:_MOST_NAMED]]
    then = f" Next: {listed(next_ones)}." if next_ones else ""
    lead = f"{warnings} " if warnings else ""
    gain = bracketed(first.removal.of_all, "%")
    return f"{lead}The largest bottleneck is {_where(first)}: {first.title}. Without it at most {gain} of all response time goes.{then}"


def parts_note(study: Study) -> str:
    """How requests and log were brought together, and what the division rests on."""
    pairs, n = study.pairs, len(study.requests.frame)
    by_rank = [name for name, how in pairs.how.items() if how == "by rank"]
    ranked = f" Of {listed(by_rank)} the clocks do not agree, so the slowest are paired with the slowest." if by_rank else ""
    cpu = "CPU time is the profile's, spread over the requests of an endpoint" if study.cpu else "No profile tells the CPU time of an endpoint"
    wait = "waiting for a CPU is what the operating system's run queues say" if _knows_wait(study) else "nothing tells waiting for a CPU"
    return (
        f"n = {count(n, 'answered request')}, {percent(round(pairs.share, 3))} of them found in the access log: its stretch of time lies within the "
        f"caller's.{ranked} p95: the requests between the 90th and the 99th percentile. {cpu}; {wait}; what remains is the wait for the GIL or the "
        f"event loop. Network: what the caller waits for beyond the service's own clock{_transfer(study)}."
    )


def bottlenecks_note(study: Study) -> str:
    """How gains are to be read."""
    return (
        "Amdahl's bound: the time that a request would not take if this took none. Gains overlap and do not add up; a queue that gets shorter with "
        f"them is not foreseen, and a key may hide what a write has changed. Found on {count(len(study.requests.frame), 'request')}; what gives "
        "back less than a percent is left out."
    )


def _transfer(study: Study) -> str:
    """How much of the network part is the request's and the answer's own way, where k6 says so."""
    requests = study.run.plateau
    if not {"sending_ms", "receiving_ms"} <= set(requests.columns):
        return ""
    mean_ms = float((requests["sending_ms"] + requests["receiving_ms"]).mean())
    return f", of which sending and receiving take {number(mean_ms)} ms"


def _where(finding: Finding) -> str:
    return f"`{finding.endpoint}`" if finding.endpoint else "the whole service"


def _not_told(division: Division) -> str:
    unknown = [name for name in CPU_PARTS if name in division.unknown]
    if not unknown:
        return ""
    names = listed([part_title(division, name) for name in unknown])
    return f" What of it {names} take{'s' if len(unknown) == 1 else ''} cannot be told."


def _knows_wait(study: Study) -> bool:
    return any(cpu.wait.n for cpu in study.cpu.values())
