"""Two profiles compared: chance is not taken for change, change is found, and what must not be compared is refused."""

from dataclasses import replace

import numpy as np
import pytest
from profile_runs import PROFILE, run_of, window_of

from perfweek.profiling import sentences
from perfweek.profiling.differential import changes, differential, incomparable

FUNCTIONS = 40
SERVED = {"GET /": 100}


def costs(random, windows=6, hot=1.0, functions=FUNCTIONS):
    """CPU-milliseconds a request of some functions in each window, from Poisson counts that come in runs; the first is `hot` times as expensive."""
    mean = np.geomspace(40, 2, functions)[:, None] * np.ones(windows)
    mean[0] *= hot
    return {f"f{place}": row for place, row in enumerate(random.poisson(mean / 2) * 2 / 10)}


def test_a_profile_against_itself_accuses_hardly_any_function():
    random = np.random.default_rng(1)
    accused = [any(one.verdict != "cannot tell" for one in changes(costs(random), costs(random)).values()) for _ in range(100)]
    assert np.mean(accused) < 0.1


def test_without_the_adjustment_for_many_comparisons_it_would():
    random = np.random.default_rng(1)
    found = [changes(costs(random, functions=1), costs(random, functions=1)) for _ in range(300)]
    each = np.mean([one.verdict != "cannot tell" for run in found for one in run.values()])
    assert 0.02 < each < 0.09
    assert 1 - (1 - each) ** FUNCTIONS > 0.5


def test_a_function_that_became_twice_as_expensive_is_found_and_it_alone():
    random = np.random.default_rng(2)
    found = [changes(costs(random, windows=8), costs(random, windows=8, hot=2.0)) for _ in range(60)]
    assert np.mean([run["f0"].verdict == "more" for run in found]) > 0.8
    false = [one.verdict != "cannot tell" for run in found for name, one in run.items() if name != "f0"]
    assert np.mean(false) < 0.02


def test_functions_of_hardly_any_cost_are_not_tested():
    found = changes({"large": np.full(4, 100.0), "small": np.full(4, 0.1)}, {"large": np.full(4, 100.0)})
    assert set(found) == {"large"}


def profiles(stacks, spread=0):
    return run_of([window_of({stack: n + spread * place for stack, n in stacks.items()}, 1.0, SERVED) for place in range(4)])


def test_costs_are_compared_by_call_and_by_function_and_what_appeared_counts_from_nothing():
    before = profiles({("main", "a"): 50, ("main", "b"): 50})
    after = run_of([window_of({("main", "a"): 50, ("main", "c"): 100 + place}, 1.5 + place / 100, SERVED) for place in range(4)])
    found = differential(before, after)
    assert found.pairs == 4
    assert found.before == {("main", "a"): pytest.approx(5), ("main", "b"): pytest.approx(5)}
    assert found.paths["main",].before == pytest.approx(10)
    assert (found.functions["c"].before, found.functions["c"].verdict) == (0, "more")
    assert (found.functions["b"].after, found.functions["b"].verdict) == (0, "less")
    assert found.functions["a"].verdict == "cannot tell"


def test_the_sentence_names_what_changed_most_first():
    before = run_of([window_of({("main", "a"): 50 + place, ("main", "b"): 50}, 1.0, SERVED) for place in range(5)])
    after = run_of([window_of({("main", "a"): 150 + 2 * place, ("main", "b"): 50}, 2.0, SERVED) for place in range(5)])
    said = sentences.differential_sentence(differential(before, after))
    assert said == "1 function of 2 changed: `a` takes 10 ms (10 to 10) more a request; of the others one cannot tell."


def test_no_change_is_cannot_tell():
    run = profiles({("main", "a"): 50, ("main", "b"): 50})
    said = sentences.differential_sentence(differential(run, run))
    assert said == "Cannot tell: of 2 functions none changed by more than chance over 4 pairs of windows."


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (replace(PROFILE, version="0.4.3"), "by py-spy 0.4.2 and 0.4.3"),
        (replace(PROFILE, flags=(*PROFILE.flags, "--nonblocking")), "in different modes of py-spy"),
        (replace(PROFILE, rate_hz=250), "in different modes of py-spy"),
        (replace(PROFILE, reason="Permission Denied"), "there is no second profile: Permission Denied"),
    ],
)
def test_profiles_that_were_taken_differently_are_not_compared(other, why):
    windows = [window_of({("main",): 50}, 1.0, SERVED)] * 4
    assert why in incomparable(PROFILE, other)
    found = differential(run_of(windows), run_of(windows, other))
    assert (found.paths, found.functions) == ({}, {})
    assert sentences.differential_sentence(found).startswith("The two profiles are not compared: ")
    assert incomparable(PROFILE, replace(PROFILE, choice="for another reason", flags=PROFILE.flags[::-1])) == ""


def test_too_few_windows_are_not_compared():
    windows = [window_of({("main",): 50}, 1.0, SERVED)] * 2
    assert differential(run_of(windows), run_of(windows)).refused == "there are 2 pairs of windows with requests, and 3 are needed"
