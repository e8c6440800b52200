#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: off.sh SOURCE_DIR COMPILER
#
# At SLM_LEVEL_OFF an object that uses every macro and every function of a span needs nothing of the library, optimised
# or not, and optimised it holds nothing of it either. Contexts, and what an application sets up, stay real.
set -euo pipefail
root=$1 compiler=$2
case $(basename "$compiler") in
*++*) language=c++ source=$root/tests/compile/grammar.cpp standard=c++17 ;;
*) language=c source=$root/tests/compile/grammar.c standard=c11 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
real='slm_(context_capture|context_release|current_context|init_log|log_shutdown)'
status=0

compile() {
    "$compiler" -x $language -std=$standard -I"$root" -I"$root/include" -c "$source" -o "$work/object.o" "$@"
}

# The source does use everything: each function that trace.h can reach is needed once tracing is on.
if [[ $language == c ]]; then
    compile -O0
    needed=$(nm -u "$work/object.o")
    for function in $(sed -nE 's/^SLM_API .*[ *](slmi_[a-z_]+)\(.*/\1/p' \
        "$root/include/spanloom/span.h" "$root/include/spanloom/detail/callsite.h"); do
        if ! grep -qw "$function" <<<"$needed"; then
            echo "$source does not use $function"
            status=1
        fi
    done
fi

for optimisation in 0 1 2 s; do
    compile -O$optimisation -DSLM_STATIC_MAX_LEVEL=SLM_LEVEL_OFF
    if left=$(nm -u "$work/object.o" | grep slm | grep -vE " $real\$"); then
        printf '%s -O%s needs:\n%s\n' "$compiler" $optimisation "$left"
        status=1
    fi
    if [[ $optimisation != 0 ]] && left=$(nm --defined-only "$work/object.o" | grep -E 'slmi?_'); then
        printf '%s -O%s holds:\n%s\n' "$compiler" $optimisation "$left"
        status=1
    fi
done
exit $status
