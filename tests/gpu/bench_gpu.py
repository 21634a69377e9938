#!/usr/bin/env python3
"""Goal: aeolian-bench-gpu runs all of its groups, its reports can be read, it says what is wrong.

Usage: bench_gpu.py PROGRAM SIMULATED_DRIVER FOLDER. Short, on the simulated driver: no figure is
looked at but for being a number. The program itself checks the sound of each rung of its ladder,
and of the bare sum, and fails where one is wrong.
"""
import json
import math
import os
import subprocess
import sys

GROUPS = ["Limits", "Phrase latency", "Tick of 100 ms", "Throughput", "Kernels", "Overlap",
          "Graphs", "Ladder"]


def run(program, driver, *arguments):
    environment = dict(os.environ, AEOLIAN_LIBCUDA=driver)
    return subprocess.run([program, *arguments], env=environment, text=True, timeout=280,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def refused(result, status, words):
    assert result.returncode == status, (result.returncode, result.stderr)
    assert words in result.stderr and result.stderr.count("\n") == 1, result.stderr


def main():
    program, driver, folder = sys.argv[1:]
    refused(run(program, driver, "--only", "nonsense"), 2, "there is no group nonsense")
    refused(run(program, driver, "more"), 2, "unexpected more")
    refused(run(program, "/no/driver"), 1, "/no/driver")
    missing = os.path.join(folder, "no", "bench.json")
    refused(run(program, driver, "--short", "--only", "limits", "--json", missing), 1, missing)
    paths = [os.path.join(folder, "bench-gpu." + ending) for ending in ("json", "md")]
    result = run(program, driver, "--short", "--json", paths[0], "--markdown", paths[1])
    assert result.returncode == 0, result.stderr
    with open(paths[0], encoding="utf-8") as file:
        report = json.load(file)
    assert report["simulated"] and report["short"] and report["driver"]
    found = {figure["group"] for figure in report["figures"]}
    assert found == set(GROUPS), found
    for figure in report["figures"]:
        assert math.isfinite(figure["value"]), figure
    rungs = [figure for figure in report["figures"] if figure["group"] == "Ladder"]
    assert len(rungs) == 6 and all(rung["value"] > 0 for rung in rungs), rungs
    with open(paths[1], encoding="utf-8") as file:
        page = file.read()
    for figure in report["figures"]:
        assert figure["name"] in page and figure["name"] in result.stdout, figure
    print(f"{len(report['figures'])} figures in {len(found)} groups")


main()
