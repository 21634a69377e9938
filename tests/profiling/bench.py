#!/usr/bin/python3
"""Goal: aeolian-bench measures what it says it does and describes the machine truly; its comparison
calls a difference one exactly when the repeats do not explain it, and refuses what it cannot read.

Usage: bench.py PROGRAM. No time is judged, only order and form. Standard library only.
"""
import copy
import datetime
import json
import os
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
FOLDER = tempfile.TemporaryDirectory()


def run(*arguments):
    got = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    return got.returncode, got.stdout, got.stderr


def measure(group, repeats=1):
    status, out, err = run("--quick", "--json", "--repeats", str(repeats), "--only", group)
    assert status == 0, err
    return json.loads(out)


def rows_of(result, group):
    return {row["name"]: row for row in result["rows"] if row["group"].startswith(group)}


def only_value(row):
    (figure,) = row["figures"].values()
    return figure["value"]


def save(name, content):
    path = os.path.join(FOLDER.name, name)
    with open(path, "w") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
    return path


def check_machine(machine, begun):
    with open("/proc/cpuinfo") as file:
        models = [line.split(": ", 1)[1].strip() for line in file if line.startswith("model name")]
    assert machine["processor"] == (models or ["unknown"])[0]
    assert machine["cores"] == os.sysconf("SC_NPROCESSORS_ONLN")
    assert machine["memory_bytes"] == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert os.uname().release in machine["system"] and os.uname().machine in machine["system"]
    assert machine["governor"] and machine["load"] >= 0
    assert machine["compiler"].startswith(("gcc ", "clang ")) and " -" in machine["compiler"]
    date = datetime.datetime.strptime(machine["date"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
    now = datetime.datetime.now(datetime.timezone.utc)
    assert begun - datetime.timedelta(seconds=1) <= date <= now, machine["date"]
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True)
    commit = machine["commit"].rstrip("+")
    # A build before the last commit is as true; the name must be one that git knows.
    if head.returncode == 0 and commit != "unknown":
        assert subprocess.run(["git", "cat-file", "-e", commit]).returncode == 0, commit


def check_waits(group, heading, kinds):
    rows = rows_of(measure(group), heading)
    assert len(rows) >= 3 * kinds, list(rows)
    for name in (name[:-5] for name in rows if name.endswith(": p50")):
        p50, p95, p99 = (only_value(rows[f"{name}: p{n}"]) for n in (50, 95, 99))
        assert 0 < p50 <= p95 <= p99, f"{name}: {p50} {p95} {p99}"
    return rows


def check_groups():
    check_waits("phrases", "Phrase latency", 1)
    check_waits("starts", "First audio", 1)
    ticks = check_waits("ticks", "Ticks", 3)
    assert only_value(ticks["100 sessions: p50"]) > 5 * only_value(ticks["1 session: p50"])
    threads = rows_of(measure("threads"), "Scenes with threads")
    one = only_value(threads["Undertow, threads: 1"])
    for name, row in threads.items():
        if name.startswith("Undertow") and row["unit"] == "%":
            count = int(name.split("threads: ")[1].split(",")[0])
            all_of_them = only_value(threads[f"Undertow, threads: {count}"])
            assert abs(only_value(row) - 100 * all_of_them / one / count) < 0.1


def check_memory():
    """Two repeats, and the size of a session that docs/TUNING.md tells of."""
    begun = datetime.datetime.now(datetime.timezone.utc)
    result = measure("memory", repeats=2)
    check_machine(result["machine"], begun)
    for row in result["rows"]:
        for figure in row["figures"].values():
            best = max if row["better"] == "more" else min
            assert len(figure["repeats"]) == 2 and figure["value"] == best(figure["repeats"])
    engine = only_value(rows_of(result, "Memory")["engine: effects, notes, lead; resident from "
                                                  "opening it on"])
    assert 2.2 + 0.4 + 0.15 < engine < 3.5, engine
    return result


# ------------------------------------------------------------------------------------ comparison

def result_with(base, *rows):
    """BASE with these rows alone: (name, better, repeats)."""
    made = copy.deepcopy(base)
    made["rows"] = []
    for name, better, repeats in rows:
        best = max(repeats) if better == "more" else min(repeats)
        made["rows"].append({"group": "Made up", "name": name, "unit": "x", "better": better,
                             "figures": {"avx2": {"value": best, "repeats": repeats}}})
    return made


def check_comparison(base):
    a = result_with(base, ("steady", "more", [100, 99]), ("noisy", "more", [100, 90.90909]),
                    ("slower", "less", [10, 10.1]), ("quicker", "less", [10, 10.1]),
                    ("fewer", "more", [10, 9.9]), ("once", "more", [10]), ("gone", "more", [1, 1]))
    b = result_with(base, ("steady", "more", [100.5, 100]), ("noisy", "more", [118, 107.27273]),
                    ("slower", "less", [11, 11.1]), ("quicker", "less", [5, 5.05]),
                    ("fewer", "more", [9, 8.9]), ("once", "more", [20]), ("new", "more", [1, 1]))
    status, out, err = run("--compare", save("a.json", a), save("b.json", b))
    assert status == 0 and err == ""
    lines = {line.split()[0]: line for line in out.splitlines() if " avx2 " in line}
    words = {name: line.split()[-1] for name, line in lines.items()}
    assert words["slower"] == words["fewer"] == "WORSE" and words["quicker"] == "better", out
    assert "one repeat: no bound" in lines["once"]
    assert "1.180 ± 0.236" in lines["noisy"] and words["noisy"] == "0.236", lines["noisy"]
    assert "2.000" in lines["quicker"] and "0.909" in lines["slower"]
    assert "1 better, 2 worse, 2 within the noise, 1 without a bound; 1 only in A, 1 only in B" \
        in out, out
    # The same 18 % with repeats that agree is a difference.
    quiet_a = save("qa.json", result_with(base, ("noisy", "more", [100, 99])))
    quiet_b = save("qb.json", result_with(base, ("noisy", "more", [118, 117])))
    assert "1 better" in run("--compare", quiet_a, quiet_b)[1]
    assert "1 worse" in run("--compare", quiet_b, quiet_a)[1]


def refused(status, said, *arguments):
    got, out, err = run(*arguments)
    assert got == status and out == "" and len(err.splitlines()) == 1, (got, out, err)
    assert said in err, err


def check_refusals(base):
    good = save("good.json", base)
    refused(2, "takes two files", "--compare")
    refused(2, "takes two files", "--compare", good)
    refused(2, "takes two files", "--compare", good, good, good)
    refused(1, "/no/such.json", "--compare", good, "/no/such.json")
    refused(1, "cut.json: line", "--compare", save("cut.json", json.dumps(base)[:300]), good)
    refused(1, "other.json: its schema is aeolian-bench-0", "--compare", good,
            save("other.json", {**base, "schema": "aeolian-bench-0"}))
    refused(1, "list.json: its schema is not given", "--compare", save("list.json", [1]), good)
    refused(1, "bare.json: has no rows", "--compare", save("bare.json", {**base, "rows": 3}), good)
    # Rows that are not what they should be are figures that the file has not.
    odd = save("odd.json", {**base, "rows": [1, {}, {"name": 3, "figures": {"avx2": []}}]})
    assert run("--compare", odd, good)[0] == run("--compare", good, odd)[0] == 0
    refused(2, "--repeats", "--repeats", "0")
    refused(2, "--only", "--only", "everything")
    refused(2, "--plot draws the ladder", "--only", "memory", "--plot", "ladder.svg")


def main():
    base = check_memory()
    check_comparison(base)
    check_refusals(base)
    check_groups()


with FOLDER:
    main()
