#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: symbols.sh INCLUDE_DIR LIBRARY...
#
# A symbol that a library exports starts with slm_ or slmi_ (so it collides with nobody's), and one that starts with
# slm_ is declared, as exported, in a public header.
set -euo pipefail
include=$1
shift
status=0
for library in "$@"; do
    case $library in
    *.a) exported=$(nm -g --defined-only "$library" 2>/dev/null | awk 'NF == 3 { print $3 }') ;;
    *) exported=$(nm -D --defined-only "$library" | awk '{ print $NF }') ;;
    esac
    # __odr_asan. and the like are the sanitizers' own.
    exported=$(grep -vE '^__(odr_)?(asan|ubsan|tsan)' <<<"$exported" || true)
    if [[ -z $exported ]]; then
        echo "$library exports nothing"
        status=1
    fi
    for symbol in $exported; do
        case $symbol in
        slmi_*) ;;
        slm_*)
            if [[ $library != *.a ]] && ! grep -rqw "$symbol" "$include"; then
                echo "$library exports $symbol, which no public header declares"
                status=1
            fi
            ;;
        *)
            echo "$library: $symbol starts with neither slm_ nor slmi_"
            status=1
            ;;
        esac
    done
    echo "$library: $(wc -w <<<"$exported") symbols"
done
exit $status
