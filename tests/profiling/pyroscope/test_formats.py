"""pprof, pushes and flame graphs: what is written is read back, and what is damaged is named."""

import gzip
import random
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfweek.profiling.pyroscope import bounded, pprof
from perfweek.profiling.pyroscope.bounded import BadContentError, TooLargeError, gunzip
from perfweek.profiling.pyroscope.flamebearer import read_flamebearer, write_flamebearer
from perfweek.profiling.pyroscope.messages import ProfileMessage
from perfweek.profiling.pyroscope.pprof import Profile, Sample, read_pprof, write_pprof
from perfweek.profiling.pyroscope.push import read_push

from .conftest import cpu_profile, push_of

MAIN, HANDLE, SQUARE = "<module> (/srv/app.py)", "handle (/srv/app.py)", "square (/srv/numbers.py)"
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
FRAME = st.one_of(st.sampled_from([MAIN, HANDLE, SQUARE, "f (a) (b)", ")", " (", "()"]), TEXT)
STACKS = st.dictionaries(st.lists(FRAME, min_size=1, max_size=6).map(tuple), st.integers(1, 2**40), max_size=8)
LABELS = st.dictionaries(TEXT, TEXT, max_size=2).map(lambda labels: tuple(sorted(labels.items())))
SAMPLES = st.lists(st.builds(Sample, st.lists(FRAME, min_size=1, max_size=6).map(tuple), st.integers(1, 2**40), LABELS), max_size=8).map(tuple)


@settings(max_examples=150, deadline=None)
@given(samples=SAMPLES, period=st.integers(0, 2**40), packed=st.booleans())
def test_a_written_pprof_is_read_back_as_it_was(samples, period, packed):
    profile = Profile("cpu", "nanoseconds", period, 1_800_000_000.0, 9.5, samples)
    written = write_pprof(profile)
    assert read_pprof(gzip.compress(written) if packed else written) == profile


@settings(max_examples=150, deadline=None)
@given(stacks=STACKS)
def test_a_written_flame_graph_is_read_back_as_it_was(stacks):
    assert read_flamebearer(write_flamebearer(stacks, 1e9)) == (stacks, 1e9)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=st.binary(max_size=300))
def test_no_bytes_at_all_make_the_readers_fail_in_another_way_than_they_say(content):
    for read in (read_pprof, read_push, lambda data: gunzip(data, 1000)):
        try:
            read(content)
        except BadContentError as error:
            assert str(error)


def test_no_damage_of_a_real_push_makes_the_reader_fail_in_another_way_than_it_says():
    whole = push_of(cpu_profile({(MAIN, HANDLE): 30_000_000, (MAIN, HANDLE, SQUARE): 970_000_000}, endpoint="GET /numbers"))
    draw, refused = random.Random(3), 0
    for _ in range(2000):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        try:
            read_push(bytes(damaged[: draw.randint(1, len(damaged))]))
        except BadContentError:
            refused += 1
    assert refused > 1000


def test_a_pprof_of_two_kinds_of_values_is_read_by_name_and_else_by_its_default():
    message = ProfileMessage(string_table=[b"", b"alloc_objects", b"count", b"alloc_space", b"bytes", b"f"])
    message.sample_type.add(type=1, unit=2)
    message.sample_type.add(type=3, unit=4)
    message.function.add(id=1, name=5)
    message.location.add(id=1).line.add(function_id=1)
    message.sample.add(location_id=[1], value=[3, 4096])
    assert read_pprof(message.SerializeToString()).stacks == {("f",): 4096}  # the last, where none is named
    assert read_pprof(message.SerializeToString(), "alloc_objects").stacks == {("f",): 3}
    message.default_sample_type = 1
    assert read_pprof(message.SerializeToString()).kind == "alloc_objects"
    with pytest.raises(BadContentError, match="no values of cpu, only alloc_objects, alloc_space"):
        read_pprof(message.SerializeToString(), "cpu")


def test_inlined_functions_stand_below_their_caller():
    message = ProfileMessage(string_table=[b"", b"cpu", b"nanoseconds", b"caller", b"inlined"])
    message.sample_type.add(type=1, unit=2)
    for number, name in ((1, 3), (2, 4)):
        message.function.add(id=number, name=name)
    lines = message.location.add(id=9).line
    lines.add(function_id=2)
    lines.add(function_id=1)  # the last line of a location is the caller
    message.sample.add(location_id=[9], value=[5])
    assert read_pprof(message.SerializeToString()).stacks == {("caller", "inlined"): 5}


@pytest.mark.parametrize("wrong", ["location", "function", "text", "values", "negative"])
def test_a_pprof_that_points_nowhere_or_counts_wrongly_is_refused(wrong):
    message = ProfileMessage()
    message.ParseFromString(write_pprof(cpu_profile({(MAIN,): 10})))
    assert read_pprof(message.SerializeToString()).stacks == {(MAIN,): 10}
    if wrong == "location":
        message.sample[0].location_id[0] = 77
    elif wrong == "function":
        message.location[0].line[0].function_id = 77
    elif wrong == "text":
        message.function[0].name = 77
    elif wrong == "values":
        message.sample[0].value.append(1)
    else:
        message.sample[0].value[0] = -1
    with pytest.raises(BadContentError):
        read_pprof(message.SerializeToString())


def test_names_that_are_no_text_or_hold_line_ends_are_read_as_one_line():
    message = ProfileMessage()
    message.ParseFromString(write_pprof(cpu_profile({("f\nforged line",): 10})))
    place = list(message.string_table).index(b"f\nforged line")
    assert list(read_pprof(message.SerializeToString()).stacks) == [("f forged line",)]
    message.string_table[place] = b"\xff\xfe"
    assert list(read_pprof(message.SerializeToString()).stacks) == [("\ufffd\ufffd",)]


def test_a_small_message_that_would_unfold_into_many_frames_is_refused():
    message = ProfileMessage()
    message.ParseFromString(write_pprof(cpu_profile({(MAIN,): 10})))
    message.location[0].line.extend([message.location[0].line[0]] * 5_000)
    message.sample[0].location_id.extend([1] * 5_000)
    assert len(message.SerializeToString()) < 50_000
    with pytest.raises(TooLargeError, match="frames"):
        read_pprof(message.SerializeToString())


def test_a_gzip_is_unpacked_up_to_its_limit_and_no_further():
    packed = gzip.compress(bytes(1000))
    assert gunzip(packed, 1000) == bytes(1000)
    with pytest.raises(TooLargeError):
        gunzip(packed, 999)
    for torn in (packed[:-1], packed[:10], packed + b"x", b"no gzip"):
        with pytest.raises(BadContentError):
            gunzip(torn, 1000)
    assert bounded.gunzip_if_packed(b"plain", 10) == b"plain"


def test_a_hundred_megabytes_of_packed_zeros_take_no_more_memory_than_the_limit():
    packed = gzip.compress(bytes(100_000_000), 1)
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            gunzip(packed, 1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_pprof_beyond_the_limit_is_refused_before_it_is_read():
    with pytest.raises(TooLargeError):
        read_pprof(gzip.compress(bytes(pprof.LARGEST + 1)))


@pytest.mark.parametrize(
    "levels",
    [
        [[0, 10, 10]],
        [[0, -1, 0, 0]],
        [[0, 10, 0, 0], [0, 10, 10, 9]],
        [[0, 10, 0, 0], [0, "wide", 10, 1]],
        [[], [0, 10, 10, 1]],
        "levels",
    ],
)
def test_a_flame_graph_that_makes_no_sense_is_refused(levels):
    graph = {"flamebearer": {"names": ["total", "f"], "levels": levels}, "metadata": {"sampleRate": 100}}
    with pytest.raises(BadContentError):
        read_flamebearer(graph)


def test_a_flame_graph_is_read_as_the_documentation_draws_it():
    """total 10 = a (7, of which b 3) next to c (3): b starts where a does, c right after a."""
    levels = [[0, 10, 0, 0], [0, 7, 4, 1, 0, 3, 3, 3], [0, 3, 3, 2]]
    graph = {"flamebearer": {"names": ["total", "a", "b", "c"], "levels": levels}, "metadata": {"sampleRate": 100, "format": "single"}}
    assert read_flamebearer(graph) == ({("a",): 4, ("c",): 3, ("a", "b"): 3}, 100.0)
    levels[2][0] = 7  # seven to the right: below c now
    assert read_flamebearer(graph)[0] == {("a",): 4, ("c",): 3, ("c", "b"): 3}
