# SPDX-License-Identifier: MIT
"""usage: read_back_logs.py EMIT_LOGS FORM...

Starts the real Collector, has EMIT_LOGS send it the records below in each FORM, and reads every field back from its
file. FORM is otlp/json, otlp/protobuf or otlp/grpc, each also with +gzip. Answers with 77 where the Collector is not
installed."""

import os
import pathlib
import re
import secrets
import subprocess
import sys
import time

import peers

NOT_INSTALLED = 77
SPAN_ID = "b7ad6b7169203331"
INTEGERS = ("array", [("int", -1), ("int", 0), ("int", 2**63 - 1)])
# Severity, its name, the body, and the attributes, in the order in which they happen, a microsecond apart.
RECORDS = [
    (1, "TRACE", "trace", {}),
    (5, "DEBUG", "debug", {}),
    (9, "INFO", "3 yaks, \"shaved\"\n\u729b", {"id": ("int", 3)}),
    (13, "WARN", "every type", {"yes": ("bool", True), "least": ("int", -2**63), "half": ("double", 0.5),
                                "text": ("string", "\u03b2"), "bytes": ("bytes", b"a\0b"), "integers": INTEGERS}),
    (17, "ERROR", None, {"error": ("string", "ENOENT")}),
    (9, "INFO", "outside any span", {}),
]


def expected(trace_id, base):
    found = {}
    for i, (severity, text, body, attributes) in enumerate(RECORDS):
        inside = i < len(RECORDS) - 1
        found[base + 1000 * i] = {
            "severity": severity, "severity text": text, "body": body and ("string", body), "attributes": attributes,
            "dropped attributes": 0, "flags": 1 if inside else 0, "trace id": trace_id if inside else "",
            "span id": SPAN_ID if inside else "", "scope": ("interop.logs", "2.1"), "service": ("string", "Interop"),
        }
    return found


def settings(peer, form):
    """The environment of EMIT_LOGS: nothing of this one's settings, and no proxy."""
    environment = {name: value for name, value in os.environ.items()
                   if not re.match("OTEL_|SPANLOOM_|.*_proxy$", name, re.IGNORECASE)}
    form, _, compression = form.partition("+")
    over_http = form != "otlp/grpc"
    return environment | {
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_COMPRESSION": compression or "none",
        "OTEL_EXPORTER_OTLP_PROTOCOL": form.replace("otlp", "http") if over_http else "grpc",
        "OTEL_EXPORTER_OTLP_ENDPOINT": peer.base(over_http),
    }


def differences(wanted, got):
    for when in wanted.keys() | got.keys():
        if when not in wanted or when not in got:
            yield f"the record of {when} is {'not expected' if when in got else 'missing'}"
            continue
        record = dict(got[when])
        if record.pop("observed") < 1_700_000_000_000_000_000:
            yield f"{when}: observed long ago"
        for field in wanted[when].keys() | record.keys():
            # Equal in type as well: 1 is neither True nor 1.0.
            if repr(record.get(field)) != repr(wanted[when].get(field)):
                yield f"{when}: {field}: expected {wanted[when].get(field)!r}, got {record.get(field)!r}"


def main():
    emit, forms, failed = pathlib.Path(sys.argv[1]), sys.argv[2:], False
    if not peers.Collector.program.exists():
        print("otelcol is not installed: tests/interop/install.sh otelcol")
        return NOT_INSTALLED
    with peers.Collector() as peer:
        for form in forms:
            trace_id, base = secrets.token_hex(16), time.time_ns() // 1_000_000 * 1_000_000 + 789
            status = subprocess.run([emit, trace_id, str(base)], env=settings(peer, form), timeout=60).returncode
            wanted = expected(trace_id, base)
            wrong = list(differences(wanted, peer.read_logs(base, len(wanted))))
            if status != 0:
                wrong.insert(0, f"{emit.name} answered with {status}")
            for line in wrong[:20]:
                print(f"{form}: {line}")
            print(f"{form}: {'WRONG' if wrong else f'{len(wanted)} records, each field kept'}")
            failed |= bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
