#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: install.sh [NAME...]      zipkin jaeger otelcol python; all of them if none is named
#
# Puts the peers under $SPANLOOM_INTEROP_HOME (~/.cache/spanloom-interop) through their registries' own clients: Maven,
# Go's module proxy, pip. What is there already is not fetched again. A peer that cannot be fetched is NOT RUN, with the
# reason, and the answer is 75; every other failure is one, and answered with 1.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${SPANLOOM_INTEROP_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/spanloom-interop}

zipkin_version=3.6.1
go_version=go1.25.0 # the oldest that the modules accept

# What a registry's client says when it is the network that fails, or the registry.
network='dial tcp|no such host|[Cc]onnection (refused|reset|timed out)|i/o timeout|TLS handshake timeout|EOF$'
network+='|Temporary failure in name resolution|[Uu]nknown host|Could not (transfer|resolve)'
network+='|Network is unreachable|No route to host|Read timed out|ReadTimeoutError|NewConnectionError|ProxyError'
network+='|x509: |PKIX path|CERTIFICATE_VERIFY_FAILED'
network+='|(40[3478]|410|429|50[0-9]) [A-Z][a-z]|status code:? (40[3478]|410|429|50[0-9])'

say() {
    printf '%s\n' "interop: $*" >&2
}

# fetch COMMAND...: what it prints is shown only if it fails; 75 if the network is to blame.
fetch() {
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    if [[ $status != 0 ]]; then
        tail -n 20 "$log" >&2
        reason=$(grep -E -m 1 "$network" "$log" | cut -c -300 || true)
        if [[ -n $reason ]]; then
            status=75
        fi
    fi
    rm -f "$log"
    return "$status"
}

install_zipkin() {
    local jar=zipkin-server-$zipkin_version-slim.jar
    mkdir -p "$home/zipkin"
    if [[ ! -s $home/zipkin/$jar ]]; then
        fetch mvn -B -q -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
            "-Dartifact=io.zipkin:zipkin-server:$zipkin_version:jar:slim" "-DoutputDirectory=$home/zipkin" || return
    fi
    ln -sf "../zipkin/$jar" "$home/bin/zipkin.jar"
}

# A Go that is new enough: the one here, or one of the module proxy, whose programs have yet to be made executable.
find_go() {
    if [[ $(printf '%s\n' "$go_version" "$(go env GOVERSION)" | sort -V | head -n 1) == "$go_version" ]]; then
        go=go
        return
    fi
    local module
    module=golang.org/toolchain@v0.0.1-$go_version.$(go env GOOS)-$(go env GOARCH)
    fetch go mod download "$module" || return
    go=$(go env GOMODCACHE)/$module
    chmod -R u+w "$go/bin" "$go/pkg/tool"
    chmod +x "$go"/bin/* "$go"/pkg/tool/*/*
    go=$go/bin/go
}

# Checksums are Jaeger's own, from its module, which go/go.sum vouches for. First everything is fetched, then built
# without the network, so that a failure has one cause.
build_with_go() {
    local program=$1 package=$2 folder=$home/go jaeger
    if [[ $home/bin/$program -nt $here/go/go.mod && $home/bin/$program -nt $here/go/otelcol/main.go ]]; then
        return
    fi
    export GOFLAGS="-mod=mod -buildvcs=false" GOTOOLCHAIN=local
    cd "$home" # an old Go reads no go.mod of a new one
    find_go || return
    mkdir -p "$folder/otelcol"
    cp "$here"/go/go.mod "$here"/go/go.sum "$folder/"
    cp "$here/go/otelcol/main.go" "$folder/otelcol/"
    cd "$folder"
    fetch "$go" mod download github.com/jaegertracing/jaeger@v1.76.0 || return
    jaeger=$("$go" env GOMODCACHE)/github.com/jaegertracing/jaeger@v1.76.0
    sort -u go.sum "$jaeger/go.sum" -o go.sum
    fetch "$go" list -deps "$package" || return
    GOPROXY=off "$go" build -trimpath -ldflags '-s -w' -o "$home/bin/$program" "$package"
}

install_jaeger() {
    build_with_go jaeger-all-in-one github.com/jaegertracing/jaeger/cmd/all-in-one
}

install_otelcol() {
    build_with_go otelcol ./otelcol
}

install_python() {
    [[ -x $home/venv/bin/python ]] || python3 -m venv "$home/venv"
    fetch "$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$here/requirements.txt"
}

mkdir -p "$home/bin"
if (($# == 0)); then
    set -- zipkin otelcol jaeger python
fi
answer=0
for name in "$@"; do
    started=$SECONDS status=0
    reason=
    # Its own shell, without set -e: each step says by itself what a failure means.
    "install_$name" || status=$?
    case $status in
    0) say "$name is installed ($((SECONDS - started)) s)" ;;
    75)
        say "$name: NOT RUN: it cannot be fetched: $reason"
        answer=75
        ;;
    *)
        say "$name could not be installed ($status)"
        exit 1
        ;;
    esac
done
exit "$answer"
