"""What the service takes of memory and CPU meanwhile."""

from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.gc_log import FILE as PAUSES
from perfweek.load.processes import CPUS, PROCESS, WORKERS
from perfweek.monday.measuring import Usage
from perfweek.profiling.memory import attribution, figures, lines, sentences, tables


def memory(usage: Usage) -> Section:
    """Memory over time and against requests, with the verdict on a leak and the smallest one that would have been seen, and who holds it."""
    resources, leak = usage.resources, usage.leak
    verdict, source = sentences.leak_sentence(resources, leak), resources.sources[PROCESS]
    note = attribution.allocations_note(usage.allocations)
    return [
        Sentence(sentences.memory_sentence(resources)),
        Sentence(verdict),
        Picture(figures.memory_over_time(resources, leak), verdict, sentences.memory_note(resources), source),
        Picture(figures.memory_against_requests(resources, leak), verdict, sentences.leak_note(resources, leak), source),
        Listing(tables.phase_table(resources), "Memory and CPU by phase", source, tables.PHASE_FORMATS),
        Sentence(attribution.allocations_sentence(usage.allocations, leak)),
        Listing(
            attribution.allocations_table(usage.allocations),
            "What was not given back, by who asked for it",
            usage.allocations_source,
            attribution.ALLOCATION_FORMATS,
            note,
        ),
        Sentence(lines.lines_sentence(usage.lines)),
        Listing(lines.lines_table(usage.lines), "Memory by line", usage.lines_source, lines.LINE_FORMATS, lines.lines_note(usage.lines)),
    ]


def processors(usage: Usage) -> Section:
    """Cores, processes and the pauses of the garbage collector."""
    cpu, sources = usage.cpu, usage.resources.sources
    busy = sentences.cpu_sentence(cpu)
    note = sentences.pauses_note(cpu)
    return [
        Sentence(busy),
        Sentence(sentences.flags_sentence(cpu)),
        Picture(figures.cpu_over_time(cpu), busy, sentences.cpu_note(cpu), sources[CPUS]),
        Listing(tables.process_table(cpu), "Processes", sources[WORKERS], tables.PROCESS_FORMATS),
        Sentence(sentences.pauses_sentence(cpu)),
        Listing(tables.pause_table(cpu), "Pauses of the garbage collector", sources[PAUSES], tables.PAUSE_FORMATS, note),
    ]
