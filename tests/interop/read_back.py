# SPDX-License-Identifier: MIT
"""usage: read_back.py PEER EMIT FORM...

Starts the real PEER, has EMIT send it the trace of trace.py in each FORM, reads every field back through its API, and
prints what became of each. FORM is otlp/json, otlp/protobuf or otlp/grpc, each also with +gzip, or
zipkin. Answers with 77 where the peer is not installed."""

import collections
import os
import pathlib
import re
import secrets
import subprocess
import sys
import time

import peers
import rules
import trace

NOT_INSTALLED = 77
DETECTED = ("process.", "host.", "os.", "container.", "service.instance.", "telemetry.sdk.")  # of this machine
ROWS = ["ids", "name", "kind", "times", "flags", "trace state", "status", "scope", "bool", "int", "double", "string",
        "bytes", "array", "map", "dropped counts", "events", "links", "resource"]
TOLD_MAX = 20


def row_of(path, value):
    """The line of the table that a field of trace.py counts in."""
    head = path[0] if isinstance(path, tuple) else path
    if head == "attribute":
        return value[0]
    if "dropped" in str(path):
        return "dropped counts"
    if head in ("event", "link", "resource"):
        return head + "s" if head != "resource" else head
    return {"span id": "ids", "parent": "ids", "start": "times", "end": "times", "scope name": "scope",
            "scope version": "scope", "status code": "status", "status message": "status"}.get(head, head)


def settings(peer, form):
    """The environment of EMIT: nothing of this one's settings, and no proxy."""
    environment = {name: value for name, value in os.environ.items()
                   if not re.match("OTEL_|SPANLOOM_|.*_proxy$", name, re.IGNORECASE)}
    form, _, compression = form.partition("+")
    if form == "zipkin":
        return environment | {"OTEL_TRACES_EXPORTER": "zipkin",
                              "OTEL_EXPORTER_ZIPKIN_ENDPOINT": peer.forms["zipkin"](peer)}
    environment |= {"OTEL_EXPORTER_OTLP_COMPRESSION": compression or "none"}
    if form == "otlp/grpc":
        return environment | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
                              "OTEL_EXPORTER_OTLP_ENDPOINT": peer.forms["otlp/grpc"](peer)}
    return environment | {"OTEL_EXPORTER_OTLP_PROTOCOL": form.replace("otlp", "http"),
                          "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": peer.forms["otlp/json"](peer)}


def same(got, wanted):
    """Equal in type as well: 1 is neither True nor 1.0."""
    return repr(got) == repr(wanted)


def compare(expected, found, wanted):
    """How many fields of each row are kept in which way, and what is wrong."""
    counts, wrong = collections.Counter(), []
    by_id = {span["span id"]: span for span in found}
    if len(found) != len(expected) or by_id.keys() != expected.keys():
        wrong.append(f"sent the spans {sorted(expected)}, got {sorted(span['span id'] for span in found)}")
    for span_id, span in expected.items():
        if span_id not in by_id:
            continue
        got = dict(by_id[span_id])
        seen = set()
        for field, how, path, value in wanted(span):
            seen.add(path)
            if not same(got.get(path), value):
                wrong.append(f"{span['name']!r}: {path}: expected {value!r:.300}, got {got.get(path)!r:.300}")
                how = "WRONG"
            counts[row_of(field, span.get(field)), how] += 1
        for path in got.keys() - seen:
            if not (path[0] == "resource" and path[1].startswith(DETECTED)):
                wrong.append(f"{span['name']!r}: {path}: not expected: {got[path]!r:.300}")
    return counts, wrong


def cell(counts, row):
    verdicts = [how for how in ("WRONG", "kept", "in µs", "as text", "lost") if counts[row, how]]
    return ", ".join(f"{counts[row, how]} {how}" for how in verdicts) or "-"


def print_table(columns):
    width = max(20, *(len(cell(counts, row)) for counts in columns.values() for row in ROWS)) + 2
    print(f"{'':16}" + "".join(f"{form:{width}}" for form in columns))
    for row in ROWS:
        print(f"{row:16}" + "".join(f"{cell(counts, row):{width}}" for counts in columns.values()).rstrip())


def send(emit, peer, form):
    """The trace's id and first time, once EMIT says that all of it was delivered."""
    trace_id = secrets.token_hex(16)
    base = time.time_ns() // 1_000_000 * 1_000_000 + 789
    status = subprocess.run([emit, trace_id, str(base)], env=settings(peer, form), timeout=60).returncode
    return trace_id, base, status


def main():
    peer_class, emit, forms = peers.PEERS[sys.argv[1]], pathlib.Path(sys.argv[2]), sys.argv[3:]
    if not peer_class.program.exists():
        print(f"{peer_class.name} is not installed: tests/interop/install.sh {peer_class.name}")
        return NOT_INSTALLED
    columns, failed = {}, False
    with peer_class() as peer:
        for form in forms:
            trace_id, base, status = send(emit, peer, form)
            expected = trace.expected(trace_id, base)
            counts, wrong = compare(expected, peer.read(trace_id, len(expected)),
                                    rules.wanted(peer.name, form))
            if status != 0:
                wrong.insert(0, f"{emit.name} answered with {status}")
            for line in wrong[:TOLD_MAX]:
                print(f"{peer.name}, {form}: {line}")
            if len(wrong) > TOLD_MAX:
                print(f"{peer.name}, {form}: and {len(wrong) - TOLD_MAX} more")
            failed |= bool(wrong)
            columns[form] = counts
    print(f"What {peer_class.name} gives back, in fields:")
    print_table(columns)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
