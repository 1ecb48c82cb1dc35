"""Cores, processes, switches and pauses on the plateau, and what they raise."""

import json

import pandas as pd
import pytest

from perfweek.profiling.memory import figures, sentences
from perfweek.profiling.memory.cpu import Cpu, core_shares, process_cores
from perfweek.profiling.memory.findings import facts_of
from perfweek.profiling.memory.flags import flags
from perfweek.profiling.memory.series import leak_of
from perfweek.profiling.memory.tables import pause_table, process_table

ORIGIN = 1_700_000_000


def pause_lines(*pauses: tuple[int, int, list[float]], pid: int = 7) -> str:
    """Lines of a pause log: (second of the run, generation, pauses in ms)."""
    told = [{"time": ORIGIN + second, "pid": pid, "generation": generation, "pauses_ms": found} for second, generation, found in pauses]
    return "".join(json.dumps(line) + "\n" for line in told)


def raised(cpu: Cpu) -> list[str]:
    return [flag.name for flag in flags(cpu)]


def test_shares_of_cores_and_cores_of_processes_are_differences_over_time(tables):
    shares = core_shares(tables["cpus"](0.25, 1.0))
    assert shares.groupby("core")["busy"].mean().tolist() == pytest.approx([0.25, 1.0])
    used = process_cores(tables["workers"](service_1=1.5, load_1=0.25))
    assert used.groupby("name")["cores"].mean().to_dict() == pytest.approx({"service_1": 1.5, "load_1": 0.25})


def test_a_quiet_service_raises_nothing(resources_of):
    cpu = Cpu(resources_of())
    assert raised(cpu) == []
    shown = [cpu.machine.value, cpu.service.value, cpu.load.value, cpu.others.value]
    assert shown == pytest.approx([0.4, 0.5, 0.1, 0.2])
    said = sentences.cpu_sentence(cpu)
    for part in ("2 cores is busy: the service keeps 0.5", "the load generator 0.1", "other processes of the machine 0.2"):
        assert part in said
    assert sentences.flags_sentence(cpu).startswith("Nothing limits the service")


def test_one_process_that_fills_one_core_is_told_from_two_and_from_threads_that_go_beyond(resources_of, tables):
    cpus = tables["cpus"](0.6, 0.6)
    assert raised(Cpu(resources_of(workers=tables["workers"](service_1=0.98), cpus=cpus))) == ["one worker at one core"]
    assert raised(Cpu(resources_of(workers=tables["workers"](service_1=0.5, service_2=0.48), cpus=cpus))) == []
    assert raised(Cpu(resources_of(workers=tables["workers"](service_1=1.4), cpus=cpus))) == []


def test_generator_and_service_that_take_all_cores_are_said_by_name(resources_of, tables):
    cpu = Cpu(resources_of(workers=tables["workers"](service_1=1.2, load_1=0.75), cpus=tables["cpus"](0.99, 0.98)))
    assert raised(cpu) == ["cores all busy"]
    said = sentences.flags_sentence(cpu)
    assert "the service 1.20" in said
    assert "the load generator 0.750" in said


def test_threads_that_wait_for_a_core_and_a_host_that_takes_it_away_are_said(resources_of, tables):
    process = tables["process"]()
    process["wait_s"] *= 4
    assert raised(Cpu(resources_of(process))) == ["waiting for a core"]
    process = tables["process"]()
    process["involuntary"] *= 4
    assert raised(Cpu(resources_of(process))) == ["waiting for a core"]
    assert raised(Cpu(resources_of(cpus=tables["cpus"](0.5, 0.5, stolen=0.04)))) == ["CPU time stolen"]


def test_pauses_on_the_plateau_are_summed_by_generation(resources_of):
    text = pause_lines((5, 2, [900.0]), *((second, 0, [1.0, 2.0]) for second in range(20, 40)), (50, 2, [60.0]))
    cpu = Cpu(resources_of(pauses=text))
    table = pause_table(cpu)
    assert table["pauses"].tolist() == [40, 1]
    assert table["a second"].tolist() == pytest.approx([0.4, 0.01])
    assert table["longest ms"].tolist() == [2.0, 60.0]
    assert cpu.pause_share.value == pytest.approx((20 * 3 + 60) / 1000 / 100)
    assert raised(cpu) == ["long collections"]
    assert "the longest pause takes 60 ms" in sentences.pauses_sentence(cpu)
    metrics = {(fact.metric, *fact.labels.values()): fact.estimate.value for fact in facts_of(cpu.resources, leak_of(cpu.resources), cpu)}
    assert metrics["gc.pause.max",] == 60
    assert metrics["gc.pause.rate", "0"] == pytest.approx(0.4)


def test_a_service_that_records_no_pauses_has_no_data_and_one_without_any_says_so(resources_of):
    assert sentences.pauses_sentence(Cpu(resources_of())).startswith("No data on the garbage collector")
    assert sentences.pauses_sentence(Cpu(resources_of(pauses=""))) == "The garbage collector did not run while the load was constant."


def test_processes_are_ranked_and_their_names_are_kept_as_they_are(resources_of, tables):
    workers = tables["workers"](service_1=0.2, service_2=0.7, load_1=0.1)
    workers["name"] = workers["name"].replace({"service_2": "<b>python</b>"})
    table = process_table(Cpu(resources_of(workers=workers)))
    assert table["process"].tolist() == ["<b>python</b>", "service_1", "load_1"]
    assert table["of"].tolist() == ["service", "service", "load generator"]
    assert table["cores"].tolist() == pytest.approx([0.7, 0.2, 0.1])


def test_many_cores_are_drawn_as_least_mean_and_busiest(resources_of, tables):
    few = figures.cpu_over_time(Cpu(resources_of())).axes[0]
    many = figures.cpu_over_time(Cpu(resources_of(cpus=tables["cpus"](*[0.1 * core for core in range(8)])))).axes[0]
    assert [text.get_text() for text in few.texts] == ["core 1", "core 0"]
    assert [text.get_text() for text in many.texts] == ["least busy core", "mean of cores", "busiest core"]


def test_evidence_without_these_files_has_no_data(resources_of, tables):
    cpu = Cpu(resources_of(workers=tables["workers"](), cpus=tables["cpus"]()))
    assert sentences.cpu_sentence(cpu) == "No data: CPU use was not recorded with this load."
    assert raised(cpu) == []
    assert isinstance(process_table(cpu), pd.DataFrame)
