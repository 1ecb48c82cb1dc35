"""Who holds the memory: memray in a real service under load, and what its listing says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_service import processes_with, week_of, write_target

from perfweek.errors import EvidenceError
from perfweek.profiling.memory import measure
from perfweek.profiling.memory.attribution import Allocations, allocations_note, allocations_sentence, allocations_table, parse_allocations
from perfweek.profiling.memory.leak import judge
from perfweek.profiling.memory.measure import measure_allocations, read_allocations

HEAD = "allocator,num_allocations,size,tid,thread_name,stack_trace\n"
LEAKY_HANDLER = """
held = []

def remember(words):
    held.append(words)

class Leaky(Handler):
    def do_GET(self):
        remember(b"x" * 40_000)
        super().do_GET()

Handler = Leaky
"""
LEAK = judge(np.arange(0, 180, 0.25), 1e8 + 2e4 * np.arange(0, 180, 0.25), np.arange(0, 180, 0.25) * 50)


def test_places_are_summed_over_threads_with_the_nearest_function_of_no_library():
    listing = HEAD + "".join(
        [
            "MALLOC,2,3000,1,a,loads;/usr/lib/python3.11/json/__init__.py;10|read;/srv/app.py;7|run;/x/site-packages/web.py;1\n",
            "MALLOC,1,1000,2,b,loads;/usr/lib/python3.11/json/__init__.py;10|read;/srv/app.py;7|run;/x/site-packages/web.py;1\n",
            'MMAP,1,500,1,a,"<lambda>;/srv/a;b.py;3"\n',
            "MALLOC,9,9000,3,c,stop;_memray_attach_hook.py;40|run;/usr/lib/python3.11/threading.py;1\n",
        ]
    )
    table = parse_allocations(listing, seconds=2)
    assert table["function"].tolist() == ["loads (__init__.py:10)", "<lambda>;/srv/a (b.py:3)"]
    assert table["bytes"].tolist() == [4000, 500]
    first = table.iloc[0]
    assert (first["caller"], first["stacks"], first["bytes_a_second"]) == ("read (app.py:7)", 2, 2000)
    assert first["share"] == pytest.approx(4000 / 4500)


def test_the_sentence_sets_what_was_traced_against_the_growth_that_was_measured():
    listing = HEAD + "MALLOC,40,40000,1,a,keep;/srv/app.py;3|handle;/srv/app.py;9\nMALLOC,1,10000,1,a,other;/srv/app.py;5\n"
    allocations = Allocations(parse_allocations(listing, seconds=2), 2)
    said = allocations_sentence(allocations, LEAK)
    assert said.startswith("Of what is allocated and not given back 80 % comes from `keep (app.py:3)`: 20 kB/s of 25 kB/s; without memray")
    assert "grew by 20 kB/s" in said
    assert "n = 2 stacks" in allocations_note(allocations)
    assert allocations_table(allocations)["kB/s"].tolist() == [20, 5]


def test_nothing_allocated_is_a_result():
    allocations = Allocations(parse_allocations(HEAD, 2), 2)
    assert "saw nothing allocated" in allocations_sentence(allocations, LEAK)
    assert len(allocations_table(allocations)) == 0


def test_a_listing_of_something_else_is_said_to_be_damaged():
    for text in ("", "a,b\n1,2\n", HEAD + "MALLOC,x,y,1,a,f;g;1\n"):
        with pytest.raises(EvidenceError, match="damaged"):
            parse_allocations(text, 1)


@given(st.lists(st.text(st.characters(exclude_characters='"\r\n\x00', codec="utf-8"), max_size=20), max_size=5))
def test_any_stack_is_counted_or_left_out(stacks):
    listing = HEAD + "".join(f'MALLOC,1,10,1,a,"{stack}"\n' for stack in stacks)
    assert parse_allocations(listing, 1)["bytes"].sum() <= 10 * len(stacks)


def test_the_function_that_leaks_in_a_real_service_is_at_the_top(tmp_path, require_program):
    require_program("gdb")
    target = write_target(tmp_path)
    service, script = tmp_path / "service.py", tmp_path / "load.js"
    service.write_text(service.read_text().replace('if "child" in told:', LEAKY_HANDLER + '\nif "child" in told:'))
    script.write_text(script.read_text().replace("duration: '2s'", "duration: '60s'"))
    measurement = measure_allocations(week_of(target), target, target.service.start, wanted=True, seconds=2)
    allocations = read_allocations(measurement)
    assert allocations.reason == ""
    first = allocations.table.iloc[0]
    assert first["function"].startswith("do_GET (service.py:")
    assert first["share"] > 0.5
    assert first["bytes"] >= 40_000 and first["bytes"] % 40_000 < 10_000
    assert not measurement.has("memray.bin")
    assert processes_with(str(tmp_path)) == []


def test_what_was_not_asked_for_or_cannot_be_is_a_result_with_its_remedy(tmp_path, monkeypatch):
    target = write_target(tmp_path)
    week = week_of(target)

    def said(start: str, wanted: bool) -> str:
        return allocations_sentence(read_allocations(measure_allocations(week, target, start, wanted)), LEAK)

    assert said("x", wanted=False).startswith("No allocations were traced: no leak was found.")
    assert "Give [service] start" in said("", wanted=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "sudo apt-get install gdb" in said("x", wanted=True)
    monkeypatch.setattr(measure, "find_spec", lambda name: None)
    assert "pip install 'perfweek[memory]'" in said("x", wanted=True)
    assert allocations_note(read_allocations(measure_allocations(week, target, "", wanted=True))) == "No allocations were traced."
