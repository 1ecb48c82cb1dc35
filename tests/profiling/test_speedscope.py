"""py-spy's speedscope format: the same stacks as its raw format has."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.errors import EvidenceError
from perfweek.profiling.speedscope import files_of, parse_speedscope, short_name
from perfweek.profiling.stacks import merged, parse_raw

files = st.sampled_from(["/usr/lib/python3.11/json/encoder.py", "/home/a/app/work.py", "<frozen runpy>", ""])
frames = st.tuples(st.text(min_size=1, max_size=6), files)
threads = st.lists(st.lists(st.lists(frames, min_size=1, max_size=4), max_size=5), max_size=3)


def written(threads):
    """What py-spy writes: one profile a thread, a sample a list of places in the list of frames."""
    known = list(dict.fromkeys(frame for thread in threads for stack in thread for frame in stack))
    profiles = [
        {
            "type": "sampled",
            "name": f'Process {number} Thread {number} "worker"',
            "unit": "seconds",
            "startValue": 0,
            "endValue": len(thread) / 100,
            "samples": [[known.index(frame) for frame in stack] for stack in thread],
            "weights": [0.01] * len(thread),
        }
        for number, thread in enumerate(threads)
    ]
    shared = {"frames": [{"name": name, "file": file or None, "line": None, "col": None} for name, file in known]}
    return json.dumps({"profiles": profiles, "shared": shared, "exporter": "py-spy@0.4.2"})


def label(frame):
    name, file = frame
    return f"{name} ({short_name(file)})" if file else name


@given(threads)
def test_every_sample_of_every_thread_is_read(threads):
    stacks = [tuple(map(label, stack)) for thread in threads for stack in thread]
    assert parse_speedscope(written(threads)) == merged([{stack: 1} for stack in stacks])


def test_both_formats_give_the_same_stacks():
    speedscope = written([[[("main", "/srv/app/app.py"), ("encode", "/usr/lib/python3.11/json/encoder.py")]] * 3])
    raw = "main (app/app.py);encode (json/encoder.py) 3"
    assert parse_speedscope(speedscope, {"/srv/app/app.py": "app/app.py"}) == parse_raw(raw)


def test_frames_of_processes_are_left_out():
    worker = [('process 41:"python -c import a; b"', ""), ("work", "")]
    assert parse_speedscope(written([[worker], [[worker[0]]]])) == {("work",): 1, ("(unknown)",): 1}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/opt/venv/lib/python3.11/site-packages/fastapi/routing.py", "fastapi/routing.py"),
        ("/usr/lib/python3/dist-packages/yaml/loader.py", "yaml/loader.py"),
        ("/usr/lib/python3.12/threading.py", "threading.py"),
        ("/srv/shop/orders.py", "orders.py"),
        ("<string>", "<string>"),
    ],
)
def test_a_library_s_file_is_named_from_its_package_on(file, name):
    assert short_name(file) == name


def test_the_files_of_a_profile_are_named_once():
    frame = ("f", "/srv/a.py")
    assert files_of(written([[[frame, frame, ("g", "")]]])) == {"/srv/a.py"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"shared": {"frames": []}, "profiles": [{"type": "evented"}]}',
        '{"shared": {"frames": []}, "profiles": [{"type": "sampled", "samples": [[0]]}]}',
        '{"shared": {"frames": [{"name": "a"}]}, "profiles": [{"type": "sampled", "samples": [[-1]]}]}',
        '{"shared": {"frames": [{"name": "a"}]}, "profiles": [{"type": "sampled", "samples": 3}]}',
    ],
)
def test_what_is_no_whole_profile_is_refused(text):
    with pytest.raises(EvidenceError, match="no whole speedscope profile"):
        parse_speedscope(text)
