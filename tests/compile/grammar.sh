#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: grammar.sh SOURCE_DIR COMPILER
#
# COMPILER takes every form of the macros in silence: in each language version, at three static levels, with and without
# optimisation, under every warning that a strict project may have made an error.
set -euo pipefail
root=$1 compiler=$2
here=$root/tests/compile

case $(basename "$compiler") in
*++*) language=c++ standards=(c++17 c++20) source=$here/grammar.cpp ;;
*) language=c standards=(c11 c17 gnu11) source=$here/grammar.c ;;
esac
if "$compiler" --version | grep -q clang; then
    # Less what says nothing about code: layout, other language versions, doc commands, prototypes of what is exported.
    warnings=(-Weverything -Wno-padded -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-missing-prototypes
        -Wno-documentation-unknown-command)
elif [[ $language == c ]]; then
    warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wvla -Wdeclaration-after-statement
        -Wmissing-field-initializers -Wcast-qual -Wformat=2 -Wc++-compat)
else
    warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wold-style-cast -Wuseless-cast -Wzero-as-null-pointer-constant
        -Weffc++)
fi

status=0
for standard in "${standards[@]}"; do
    for level in 0 3 5; do
        for optimisation in 0 2; do
            if ! "$compiler" -std="$standard" -O"$optimisation" -DSLM_STATIC_MAX_LEVEL="$level" "${warnings[@]}" \
                -Werror -I"$root" -I"$root/include" -c "$source" -o /dev/null; then
                echo "$compiler -std=$standard -O$optimisation at level $level: not silent"
                status=1
            fi
        done
    done
done
exit $status
