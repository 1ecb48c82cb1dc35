"""The monorepo decision from histories of real git repositories that the tests make."""

import os
import subprocess
from pathlib import Path

import pytest

from perfweek import evidence
from perfweek.decisions import git
from perfweek.decisions.material import Change, Dataset, History, Missing
from perfweek.decisions.measure import read_history
from perfweek.decisions.packages import find_packages
from perfweek.decisions.turborepo import affected_median, affected_p90, javascript_share
from perfweek.decisions.turborepo.together import tickets
from perfweek.errors import MeasurementError
from perfweek.target import load_target
from perfweek.week import Week

NAMES = "abcdefghij"
ALONE = {f"{name}/package.json": f'{{"name": "{name}"}}' for name in NAMES}
HUB = {f"{name}/package.json": f'{{"name": "{name}", "dependencies": {{"a": "*"}}}}' for name in NAMES}


def history(manifests, changes):
    dataset = Dataset("evidence/git/changes.ndjson", "0" * 64, len(changes), 0.0, 1.0)
    log = tuple(Change(float(number), "somebody", "change", tuple(files)) for number, files in enumerate(changes))
    return History(dataset, "merges", log, find_packages(manifests))


def run(repository: Path, *arguments: str) -> None:
    author = {f"GIT_{who}_{what}": "x@y" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {"PATH": os.environ["PATH"], "HOME": str(repository), "GIT_CONFIG_NOSYSTEM": "1", **author}
    subprocess.run(["git", "-c", "commit.gpgsign=false", *arguments], cwd=repository, env=environment, check=True, capture_output=True)


def commit(repository: Path, files: dict[str, str], *options: str) -> None:
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text)
    run(repository, "add", "-A")
    run(repository, "commit", "-q", "-m", "change", *options)


@pytest.fixture
def repository(tmp_path, require_program):
    require_program("git")
    folder = tmp_path / "code"
    folder.mkdir()
    run(folder, "init", "-q", "-b", "main")
    commit(folder, ALONE)
    return folder


@pytest.fixture
def week(tmp_path):
    (tmp_path / "target.toml").write_text('[repository]\npath = "code"\n')
    return Week.open("2026-W48", tmp_path / "weeks")


def read(week, commits=200):
    return read_history(week, load_target(str(week.root.parents[1] / "target.toml")), commits)


def test_the_last_commits_are_read_without_the_import(repository, week):
    commit(repository, {"a/x": "1"})
    commit(repository, {"b/x": "1", "c/ü \n\t.txt": "1"})
    found = read(week)
    assert found.kind == "commits"
    assert [set(files) for files in found.changes] == [{"b/x", "c/ü \n\t.txt"}, {"a/x"}]
    assert len(found.packages.members) == 10
    assert found.dataset.source == "evidence/git/changes.ndjson"


def test_a_file_that_moved_changes_both_packages(repository, week):
    commit(repository, {"a/x": "the same text\n" * 20})
    run(repository, "mv", "a/x", "b/x")
    commit(repository, {})
    assert set(read(week).changes[0]) == {"a/x", "b/x"}


def test_merges_are_read_with_all_that_they_brought_once_there_are_enough(repository, week, monkeypatch):
    monkeypatch.setattr(git, "FEWEST_MERGES", 3)
    run(repository, "config", "log.diffMerges", "combined")  # a setting of the user's must not change what is measured
    for number, name in enumerate("abc"):
        run(repository, "checkout", "-q", "-b", f"branch{number}")
        commit(repository, {f"{name}/one": "1"})
        commit(repository, {f"{name}/two": "1"})
        run(repository, "checkout", "-q", "main")
        commit(repository, {f"j/{number}": "1"})
        run(repository, "merge", "-q", "--no-ff", "-m", "merge", f"branch{number}")
    found = read(week)
    assert found.kind == "merges"
    assert [set(files) for files in found.changes] == [{f"{name}/one", f"{name}/two"} for name in "cba"]
    assert len(read(week, commits=3).changes) == 3


def test_no_more_changes_are_read_than_asked_for_and_the_measurement_is_kept(repository, week):
    for number in range(4):
        commit(repository, {"a/x": str(number)})
    assert len(read(week, commits=2).changes) == 2
    before = (week.evidence / "git" / evidence.LISTING).stat().st_mtime_ns
    assert read(week, commits=2) == read(week, commits=2)
    assert (week.evidence / "git" / evidence.LISTING).stat().st_mtime_ns == before
    commit(repository, {"b/x": "new"})
    assert read(week, commits=2).changes[0] == ("b/x",)


def test_a_subject_with_control_characters_tears_no_record(repository, week):
    commit(repository, {"a/x": "1"})
    run(repository, "commit", "-q", "--allow-empty", "-m", "hostile \x01 <b>subject</b>")
    commit(repository, {"b/x": "1"})
    assert [change.files for change in read(week).log] == [("b/x",), (), ("a/x",)]


def test_a_shallow_clone_says_that_older_changes_are_missing(repository, week, evidence_of):
    for number in range(30):
        commit(repository, {f"{NAMES[number % 10]}/x": str(number)})
    full = repository.rename(repository.with_name("full"))
    run(full, "clone", "-q", "--depth", "28", f"file://{full}", str(repository))
    found = read(week)
    assert found.shallow
    assert len(found.log) == 27
    assert affected_median(evidence_of(history=found)).observation.finding.endswith("; the clone is shallow, so older changes are missing")


def test_a_shallow_clone_of_one_commit_says_how_to_fetch_the_rest(repository, week):
    commit(repository, {"a/x": "1"})
    full = repository.rename(repository.with_name("full"))
    run(full, "clone", "-q", "--depth", "1", f"file://{full}", str(repository))
    assert "git fetch --unshallow" in read(week).reason


def test_changes_of_the_same_ticket_in_a_sibling_are_found_and_owners_are_teams(repository, week):
    web = repository.with_name("web")
    web.mkdir()
    run(web, "init", "-q", "-b", "main")
    for place, folder in enumerate((repository, web)):
        for number in range(8):
            (folder / f"file{number}").write_text("x")
            run(folder, "add", "-A")
            run(folder, "commit", "-q", "-m", f"ABC-{number + 100 * place * (number % 2)} change")
    commit(repository, {"CODEOWNERS": "* @shop/catalogue @somebody\n/web @shop/web # @shop/none\n"})
    (week.root.parents[1] / "target.toml").write_text('[repository]\npath = "code"\n[decisions]\nsiblings = ["web", "nowhere"]\n')
    found = read(week)
    assert found.owners == {"@shop/catalogue", "@shop/web"}
    assert list(found.siblings) == ["web"]
    assert len(found.siblings["web"]) == 8
    shared = {ticket for change in found.log for ticket in tickets(change)} & {one for change in found.siblings["web"] for one in tickets(change)}
    assert len(shared) == 4  # the even ones


def test_a_folder_without_history_is_no_data(tmp_path, week):
    (tmp_path / "code").mkdir()
    assert "not a git repository" in read(week).reason


def test_a_repository_without_a_commit_and_one_with_only_its_import_are_no_data(tmp_path, week, repository):
    assert read(week) == Missing("the repository has no change after its first commit", "evidence/git/state.json")
    empty = tmp_path / "empty"
    empty.mkdir()
    run(empty, "init", "-q")
    with pytest.raises(MeasurementError, match="git refused"):
        git.head(empty)


def test_git_missing_is_no_data(week, monkeypatch):
    monkeypatch.setenv("PATH", str(week.root))
    assert read(week) == Missing("git is not installed", "evidence/git/state.json")


def test_nothing_that_the_repository_or_the_environment_names_is_run(repository, week, monkeypatch):
    commit(repository, {"a/x": "1"})
    marker, program = repository.parent / "ran", repository.parent / "program"
    program.write_text(f"#!/bin/sh\ntouch {marker}\n")
    program.chmod(0o755)
    run(repository, "config", "core.fsmonitor", str(program))
    run(repository, "status")
    assert marker.exists()  # git does run it, unless told not to
    marker.unlink()
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    assert read(week).changes == (("a/x",),)
    assert not marker.exists()


def test_changes_that_stay_in_one_of_ten_packages_support(evidence_of):
    found = affected_median(evidence_of(history=history(ALONE, [[f"{NAMES[number % 10]}/x"] for number in range(60)])))
    assert (found.estimate.value, found.verdict) == (0.1, "supports")
    assert found.observation.finding == "half of the last 60 merges affect at most 10 % (10 to 10) of the packages"


def test_a_hub_that_everything_needs_opposes_and_is_named(evidence_of):
    found = affected_median(evidence_of(history=history(HUB, [["a/x"] if number % 4 else ["b/x"] for number in range(60)])))
    assert (found.estimate.value, found.verdict) == (1, "opposes")
    assert found.observation.finding.endswith("; `a` is in 45 changes and drags 9 others along")


def test_a_median_between_the_thresholds_is_inconclusive(evidence_of):
    half = [[f"{name}/x" for name in NAMES[:5]] for _ in range(60)]
    assert affected_median(evidence_of(history=history(ALONE, half))).verdict == "inconclusive"


def test_rare_wide_changes_show_at_nine_in_ten_only(evidence_of):
    changes = [[f"{name}/x" for name in NAMES] if number % 5 == 0 else ["a/x"] for number in range(100)]
    given = evidence_of(history=history(ALONE, changes))
    assert (affected_median(given).verdict, affected_p90(given).verdict) == ("supports", "inconclusive")
    assert affected_p90(given).estimate.value == 1


@pytest.mark.parametrize(("changes", "expected"), [(24, "no data"), (25, "supports")])
def test_fewer_than_twenty_five_changes_are_no_data(changes, expected, evidence_of):
    assert affected_median(evidence_of(history=history(ALONE, [["a/x"]] * changes))).verdict == expected


def test_a_repository_without_scripts_to_run_opposes_the_tool(evidence_of):
    python = {"pyproject.toml": '[project]\nname = "one"\n'}
    given = evidence_of(history=history(python, [["x"]] * 30))
    assert javascript_share(given).verdict == "opposes"
    assert affected_median(given).observation.finding == "the repository is one package, so every change affects all of it"
    assert javascript_share(evidence_of(history=history(ALONE, [["x"]]))).verdict == "supports"


def test_a_repository_without_packages_is_no_data(evidence_of):
    given = evidence_of(history=history({}, [["x"]] * 30))
    assert {criterion(given).reason for criterion in (affected_median, affected_p90, javascript_share)} == {
        "the repository has no package.json or pyproject.toml"
    }


def test_a_long_chain_of_packages_is_followed_to_its_end(evidence_of):
    chain = {f"p{number}/package.json": f'{{"name": "p{number}", "dependencies": {{"p{number + 1}": "*"}}}}' for number in range(99)}
    found = affected_median(evidence_of(history=history(chain, [[f"p{number}/x"] for number in range(99)])))
    assert found.estimate.value == pytest.approx(50 / 99)  # a change of the n-th affects n of 99
