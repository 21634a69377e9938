#!/usr/bin/env python3
"""Goal: no kernel spills registers, on any architecture it is built for.

Reads the report of `ptxas -v` that the build keeps (gpu_image.resources.txt) and prints it as a
table. Usage: resources.py REPORT ARCHITECTURE... ("90-real" counts as 90). Exits with 77 (skipped)
where the build had no nvcc. Begins with a report that has a spill in it, which must be found.
"""
import os
import re
import sys

KERNELS = ["aeo_intake", "aeo_voices", "aeo_front", "aeo_tanks", "aeo_master"]
PLANTED = """ptxas info    : Compiling entry function 'aeo_front' for 'sm_90'
ptxas info    : Function properties for aeo_front
    32 bytes stack frame, 16 bytes spill stores, 40 bytes spill loads
ptxas info    : Used 64 registers, used 1 barriers
"""


def read(text):
    """{(kernel, architecture): (registers, spill bytes, stack bytes)}"""
    found, key, spill, stack = {}, None, 0, 0
    for line in text.splitlines():
        entry = re.search(r"entry function '(\w+)' for '(sm_\d+)'", line)
        if entry:
            key = entry.groups()
        bytes_ = re.search(r"(\d+) bytes stack frame, (\d+) .*stores, (\d+) .*loads", line)
        if bytes_:
            stack, spill = int(bytes_[1]), int(bytes_[2]) + int(bytes_[3])
        registers = re.search(r"Used (\d+) registers", line)
        if registers and key:
            found[key] = (int(registers[1]), spill, stack)
            key = None
    return found


def main():
    planted = read(PLANTED)
    assert planted == {("aeo_front", "sm_90"): (64, 56, 32)}, "the planted spill was not found"
    report, wanted = sys.argv[1], sys.argv[2:]
    if not os.path.exists(report):
        print("skipped: this build had no nvcc")
        return 77
    with open(report, encoding="utf-8") as file:
        found = read(file.read())
    bad = 0
    print("kernel       architecture  registers  spills  stack")
    for architecture in ["sm_" + word.split("-")[0] for word in wanted]:
        for kernel in KERNELS:
            row = found.get((kernel, architecture))
            if row is None:
                print(f"{kernel} is missing for {architecture}")
                bad += 1
                continue
            print(f"{kernel:12} {architecture:12} {row[0]:10} {row[1]:7} {row[2]:6}")
            bad += row[1] > 0
    print(f"{len(found)} rows, {bad} bad")
    return 1 if bad or not wanted else 0


sys.exit(main())
