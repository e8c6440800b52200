#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: headers.sh SOURCE_DIR CC CXX [FLAG...]      FLAG: where other people's headers lie
#
# HEADERS_LEFT_OUT in the environment names, with : between them, headers whose library is not found here.
#
# Each public header compiles alone, in each language that a user may write, without a warning. Those in detail/ are not
# the user's to include.
set -euo pipefail
include=$1/include cc=$2 cxx=$3
shift 3
warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror)
status=0
count=0
while read -r header; do
    [[ ":${HEADERS_LEFT_OUT-}:" != *":$header:"* ]] || continue
    count=$((count + 1))
    features=()
    [[ $header != spanloom/uv.h ]] || features=(-D_GNU_SOURCE) # <uv.h> asks for it where the standard is strict
    for standard in c11 c17 gnu11; do
        "$cc" -x c -std=$standard "${features[@]}" "${warnings[@]}" -Wstrict-prototypes -fsyntax-only -I"$include" "$@" - \
            <<<"#include <$header>"$'\nextern int unit_is_not_empty;' || status=1
    done
    for standard in c++17 c++20; do
        "$cxx" -x c++ -std=$standard "${warnings[@]}" -fsyntax-only -I"$include" "$@" - \
            <<<"#include <$header>"$'\nextern int unit_is_not_empty;' || status=1
    done
    [[ $status == 0 ]] || { echo "<$header> does not compile alone" && break; }
done < <(cd "$include" && find spanloom -name '*.h' ! -path '*/detail/*' | sort)
echo "$count headers"
((count > 0)) || status=1
exit $status
