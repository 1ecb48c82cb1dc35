"""Where the CPU time goes."""

from perfweek.exhibit import Exhibit, FlameChange, Flames, Listing, Section, Sentence
from perfweek.load.baseline import Baseline
from perfweek.monday.measuring import Profiled
from perfweek.profiling import sentences, tables
from perfweek.profiling.differential import differential
from perfweek.profiling.pyroscope import sentences as continuous_sentences
from perfweek.profiling.pyroscope import tables as continuous_tables


def profile(profiled: Profiled) -> Section:
    """Functions and endpoints by CPU time a request, what the profiler cost, and whether the operating system agrees."""
    run, costs = profiled.run, profiled.costs
    hot, note = sentences.profile_sentence(run), sentences.profile_note(run)
    shown: list[Exhibit] = [Sentence(hot), Sentence(sentences.choice_sentence(run))]
    if not run.samples:
        return shown
    return [
        *shown,
        Flames(run.stacks, hot, note, run.source),
        Listing(tables.top_functions(run), "Functions with most samples", run.source, tables.TOP_FORMATS),
        Sentence(sentences.endpoint_sentence(costs)),
        Listing(tables.endpoint_table(costs), "CPU time by endpoint", run.source),
        Sentence(sentences.accounted_sentence(run)),
        Sentence(sentences.overhead_sentence(run)),
        *_since(profiled),
    ]


def _since(profiled: Profiled) -> Section:
    """What changed since the newest profile of an earlier week; nothing where there is none."""
    if not profiled.earlier:
        return []
    name, before = profiled.earlier
    change = differential(before, profiled.run)
    said = f"Since {name}: {sentences.differential_sentence(change)}"
    if change.refused:
        return [Sentence(said)]
    note, source = sentences.differential_note(change), profiled.run.source
    return [
        Sentence(said),
        FlameChange(change.before, change.after, change.paths, change.functions, said, note, source),
    ]


def continuous(profiled: Profiled, baseline: Baseline) -> Section:
    """The same from an agent inside the service, where one pushes to a Pyroscope server; else what to do."""
    found, requests = profiled.continuous, baseline.run.plateau
    said = Sentence(continuous_sentences.pyroscope_sentence(found))
    if not found.stacks:
        return [said]
    note = continuous_sentences.pyroscope_note(found)
    functions, endpoints = continuous_tables.cpu_functions(found, requests), continuous_tables.cpu_endpoints(found, requests)
    return [
        said,
        Listing(functions, "Functions by CPU, as the agent saw them", found.source, continuous_tables.FUNCTION_FORMATS, note),
        Listing(endpoints, "Endpoints by CPU, as the agent saw them", found.source, continuous_tables.ENDPOINT_FORMATS),
    ]
