#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: exported.sh EXPECTED PROGRAM [ARGUMENT]...
#
# Runs a program that exports OTLP/JSON to its stdout, and compares the spans with the file EXPECTED. A line a span, in
# the order they were exported: its trace (numbered in that order), its name, its kind, `< PARENT` by name (`remote`
# after one of another process), and `-> LINKED` by trace and name.
set -euo pipefail
expected=$1
shift

export OTEL_TRACES_EXPORTER=otlp/stdout
span='\{"traceId":"[0-9a-f]{32}","spanId":"[0-9a-f]{16}"(,"parentSpanId":"[0-9a-f]{16}")?,"flags":[0-9]+'
diff "$expected" <("$@" | grep -oE "$span(,\"name\":\"[^\"]*\",\"kind\":[0-9])?" | awk -F '[{}:,"]+' '
    BEGIN { split("internal server client producer consumer", kinds, " ") }
    {
        for (i = 2; i < NF; i += 2)
            f[$i] = $(i + 1)
        if (!(f["traceId"] in trace))
            trace[f["traceId"]] = ++traces
        if (f["name"] != "") {
            last = ++count
            name[f["spanId"]] = f["name"]
            head[last] = trace[f["traceId"]] " " f["name"] " " kinds[f["kind"]]
            parent[last] = f["parentSpanId"]
            remote[last] = int(f["flags"] / 512) % 2 ? " remote" : ""
        } else {
            links[last] = links[last] " " f["traceId"] ":" f["spanId"]
        }
        delete f
    }
    END {
        for (i = 1; i <= count; i++) {
            line = head[i] (parent[i] != "" ? " < " name[parent[i]] remote[i] : "")
            linked = split(links[i], to, " ")
            for (j = 1; j <= linked; j++) {
                split(to[j], ids, ":")
                line = line " -> " trace[ids[1]] " " name[ids[2]]
            }
            print line
        }
    }')
