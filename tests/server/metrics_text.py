#!/usr/bin/python3
"""Reads a text of Prometheus on standard input with the parser of Prometheus' own Python client,
and writes the samples as JSON: [{name, type, help, labels, value}]. Checks of histograms what that
parser does not: bounds rise, counts do not fall, and the last is that of _count.

Exits with 77 where the client is not installed (Debian: python3-prometheus-client), with 1 and a
line where the text is wrong."""
import json
import sys

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    sys.exit(77)


def check_histogram(family):
    """Every series of FAMILY, by its labels without the bound."""
    series = {}
    for sample in family.samples:
        labels = {name: value for name, value in sample.labels.items() if name != "le"}
        one = series.setdefault(tuple(sorted(labels.items())), {"buckets": []})
        if sample.name.endswith("_bucket"):
            one["buckets"].append((float(sample.labels["le"]), sample.value))
        else:
            one[sample.name[len(family.name):]] = sample.value
    for labels, one in series.items():
        bounds = [bound for bound, _ in one["buckets"]]
        counts = [count for _, count in one["buckets"]]
        assert bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), (family.name, labels)
        assert counts == sorted(counts) and counts[-1] == one["_count"], (family.name, labels)
        assert one["_sum"] >= 0 and (one["_sum"] > 0) <= (one["_count"] > 0), (family.name, labels)


seen, samples = set(), []
for found in text_string_to_metric_families(sys.stdin.read()):
    if found.name in seen or found.type == "unknown" or not found.documentation:
        sys.exit(f"{found.name}: twice, or without TYPE or HELP")
    seen.add(found.name)
    if found.type == "histogram":
        check_histogram(found)
    for at in found.samples:
        samples.append({"name": at.name, "type": found.type, "help": found.documentation,
                        "labels": at.labels, "value": at.value})
json.dump(samples, sys.stdout)
