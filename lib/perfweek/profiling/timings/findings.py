"""What Monday leaves behind about timings: facts."""

from perfweek.facts import Fact
from perfweek.profiling.timings.durations import durations
from perfweek.profiling.timings.read import Timings
from perfweek.profiling.timings.slowest import import_total, slowest_imports, slowest_tasks, slowest_tests

TOP = 20


def facts_of(timings: Timings) -> list[Fact]:
    """command.duration by command (and by task of Turborepo) and temperature, test.duration and import.duration of the slowest TOP, and of
    the whole import under the name of the module with scope 'all' (a module alone: scope 'own')."""
    tests, benchmarks = slowest_tests(timings), timings.source_of(timings.benchmarks)
    commands = [
        Fact(
            "command.duration",
            one.wall_s,
            benchmarks if one.how == "hyperfine" else timings.source,
            {"command": one.command, "temperature": one.temperature},
        )
        for one in durations(timings)
    ]
    cited = timings.source_of([one for one in timings.tests if one[0].temperature == tests.temperature])
    cases = [
        Fact("test.duration", one.time_s, cited, {"test": one.name, "suite": one.suite, "temperature": tests.temperature})
        for one in tests.times[:TOP]
    ]
    return commands + _tasks(timings) + cases + _imports(timings)


def _tasks(timings: Timings) -> list[Fact]:
    source = timings.source_of(timings.summaries)
    return [
        Fact("command.duration", time, source, {"command": one.name, "temperature": temperature})
        for one in slowest_tasks(timings)[:TOP]
        for temperature, time in (("cold", one.cold_s), ("warm", one.warm_s))
        if time.n
    ]


def _imports(timings: Timings) -> list[Fact]:
    if not timings.imports:
        return []
    source = timings.source_of(timings.imports)
    whole = [Fact("import.duration", import_total(timings), source, {"module": timings.module, "scope": "all"})] if timings.module else []
    return whole + [Fact("import.duration", one.self_ms, source, {"module": one.module, "scope": "own"}) for one in slowest_imports(timings)[:TOP]]
