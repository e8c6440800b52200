#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: golden.sh EMIT EXPECTED      with UPDATE=1 it writes EXPECTED instead
#
# What EMIT writes as OTLP/JSON, from its scopes on: a line for each span, so that a difference can be read.
set -euo pipefail
emit=$1 expected=$2
got=$(env -i OTEL_TRACES_EXPORTER=otlp/stdout "$emit" 5b8aa5a2d2c872e8321cf37308d69df2 1790000000000000789 |
    sed -e 's/^.*"scopeSpans":/"scopeSpans":/' -e 's/{"traceId":"[0-9a-f]*","spanId":"[0-9a-f]*","parent/\n&/g')
if [[ -n ${UPDATE-} ]]; then
    printf '%s\n' "$got" >"$expected"
fi
diff "$expected" - <<<"$got"
