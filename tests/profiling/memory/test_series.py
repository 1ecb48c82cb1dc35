"""Memory over time, against requests and by phase; what the verdict is given."""

import numpy as np
import pytest

from perfweek.profiling.memory import figures, sentences
from perfweek.profiling.memory.cpu import Cpu
from perfweek.profiling.memory.findings import facts_of
from perfweek.profiling.memory.series import judged_column, leak_of, memory_by_phase, memory_series
from perfweek.profiling.memory.tables import phase_table, process_table


def test_the_leak_is_judged_on_the_plateau_in_bytes_a_second_and_a_request(resources_of, tables):
    leak = leak_of(resources_of(tables["process"](leak_b_a_second=50_000)))
    assert leak.verdict == "leak"
    assert leak.per_second.value == pytest.approx(50_000, rel=0.1)
    assert leak.per_request.value == pytest.approx(5_000, rel=0.1)
    assert leak.cut_s == pytest.approx(100 / 3, abs=1)


def test_its_unleaky_twin_is_not_accused(resources_of):
    assert leak_of(resources_of()).verdict == "no leak seen"


def test_requests_are_counted_from_the_start_of_the_load(resources_of):
    series = memory_series(resources_of())
    assert series["requests"].iloc[0] == 0
    assert series.loc[series["seconds"] == 60, "requests"].item() == 600
    assert series["on_plateau"].sum() == 401


def test_pages_that_workers_share_count_once(resources_of, tables):
    one, four = resources_of(), resources_of(tables["process"](processes=4))
    assert (judged_column(one), judged_column(four)) == ("rss_mib", "pss_mib")
    assert "4 processes, pages that they share counted in each; counted once, 36" in sentences.memory_sentence(four)
    elsewhere = tables["process"](processes=4).assign(pss_mib=np.nan)
    assert judged_column(resources_of(elsewhere)) == "uss_mib"
    assert judged_column(resources_of(elsewhere.assign(uss_mib=np.nan))) == "rss_mib"


def test_each_phase_has_its_memory_cores_and_switches(resources_of):
    phases = memory_by_phase(resources_of())
    assert phases["phase"].tolist() == ["ramp, 0 to 10", "plateau, 10", "ramp, 10 to 0"]
    plateau = phases.iloc[1]
    assert plateau["requests"] == 1000
    assert [plateau[name] for name in ("cores", "system_share", "switches", "forced", "wait_share")] == pytest.approx([0.5, 0.2, 120, 20, 0.05])


def test_a_leak_is_said_with_both_slopes_a_day_and_the_floor(resources_of, tables):
    resources = resources_of(tables["process"](leak_b_a_second=50_000))
    said = sentences.leak_sentence(resources, leak_of(resources))
    assert said.startswith("Memory leaks: resident memory (RSS) grows by 51 kB/s (")
    assert "kB a request" in said
    assert "GB a day, over 67 s of constant load, after a warm-up of 33 s that is cut." in said
    assert "The smallest leak that this run could have seen is " in said


def test_no_leak_is_said_with_the_floor(resources_of):
    resources = resources_of()
    said = sentences.leak_sentence(resources, leak_of(resources))
    assert said.startswith("No leak seen: resident memory (RSS) changes by ")
    assert "The smallest leak that this run could have seen is 3.93 kB/s, or 39" in said


def test_a_short_run_says_that_it_cannot_tell_how_much_is_missing_and_the_floor(resources_of, tables):
    resources = resources_of(tables["process"](leak_b_a_second=50_000))
    said = sentences.leak_sentence(resources, leak_of(resources, least_s=600))
    assert "this run cannot tell: 67 s of constant load are left after the warm-up, 600 are needed" in said
    assert "Meanwhile resident memory (RSS) grew by 51 kB/s (" in said
    assert "could have seen is" in said


def test_a_service_of_which_only_the_url_is_known_has_no_data(resources_of, tables):
    empty = resources_of(tables["process"]().iloc[:0], tables["workers"](), tables["cpus"]())
    leak, cpu = leak_of(empty), Cpu(empty)
    assert leak.verdict == "no data"
    for said in (sentences.memory_sentence(empty), sentences.leak_sentence(empty, leak), sentences.cpu_sentence(cpu), sentences.flags_sentence(cpu)):
        assert said.startswith("No data: ")
    assert facts_of(empty, leak, cpu) == []
    assert "no process was watched" in figures.memory_over_time(empty, leak).axes[0].texts[0].get_text()
    assert figures.memory_against_requests(empty, leak).axes
    assert figures.cpu_over_time(cpu).axes
    assert len(phase_table(empty)) == len(process_table(cpu)) == 0


def test_the_figures_show_both_memories_and_the_slope(resources_of, tables):
    resources = resources_of(tables["process"](leak_b_a_second=50_000))
    leak = leak_of(resources)
    over_time = figures.memory_over_time(resources, leak).axes[0]
    assert [text.get_text() for text in over_time.texts] == ["warm-up, cut", "USS", "RSS"]
    against = figures.memory_against_requests(resources, leak).axes[0]
    (line,) = against.lines
    x, y = line.get_data()
    assert (y[1] - y[0]) * 2**20 / (x[1] - x[0]) == pytest.approx(leak.per_request.value)


def test_slopes_and_memory_become_facts_that_cite_their_file(resources_of, tables):
    resources = resources_of(tables["process"](leak_b_a_second=50_000))
    facts = {(fact.metric, *fact.labels.values()): fact for fact in facts_of(resources, leak_of(resources), Cpu(resources))}
    assert facts["process.rss.slope",].estimate.value == pytest.approx(50_000, rel=0.1)
    assert facts["process.rss.slope_per_request",].estimate.value == pytest.approx(5_000, rel=0.1)
    assert facts["process.uss.max",].estimate.value == pytest.approx(85, abs=2)
    assert facts["process.cpu.utilisation", "service"].estimate.value == pytest.approx(0.5)
    assert facts["process.cpu.utilisation", "0"].source == "evidence/load-monday/cpus.csv"
