#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: layers.sh SOURCE_DIR
#
# The layers that prove the extension point are written as a user would: on public headers, and on helpers that know
# nothing of records. Follows what they include.
set -euo pipefail
cd "$1"
layers=(callback chrome_trace flame journald span_metrics syslog)
helpers='^core/(alloc|diagnostics|platform|errno_name)\.h$|^core/layers/[a-z_]+\.h$'
status=0
seen=()
queue=()
for layer in "${layers[@]}"; do
    queue+=("core/layers/$layer.c")
done
while ((${#queue[@]})); do
    file=${queue[0]}
    queue=("${queue[@]:1}")
    [[ " ${seen[*]-} " != *" $file "* ]] || continue
    seen+=("$file")
    while read -r header; do
        if [[ ! $header =~ $helpers ]]; then
            echo "$file includes $header: a layer's user could not"
            status=1
            continue
        fi
        queue+=("$header")
        [[ $header != core/layers/* || ! -f ${header%.h}.c ]] || queue+=("${header%.h}.c")
    done < <(sed -nE 's/^#include "(.*)"$/\1/p' "$file")
done
echo "${#seen[@]} files"
((${#seen[@]} > ${#layers[@]})) || status=1
exit $status
