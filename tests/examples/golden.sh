#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: golden.sh EXPECTED STATUS PROGRAM [ARGUMENT]...
#
# Runs a program that prints what it traces, and compares that with the file EXPECTED: its lines, with TIME in place of
# each time stamp and files without their folders, and its exit status.
set -euo pipefail
expected=$1 status=$2
shift 2

cd "$(dirname "$expected")"
got=0
printed=$(OTEL_TRACES_EXPORTER=none SPANLOOM_LOG=trace "$@" 2>&1) || got=$?
stamp='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z'
diff "$expected" <(sed -E "s/^$stamp /TIME /; s# at /[^ ]*/([^/ ]+:[0-9]+)\$# at \1#" <<<"$printed")
if ((got != status)); then
    echo "ended with status $got, not $status"
    exit 1
fi
