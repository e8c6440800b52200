#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: specification.sh page SOURCE_DIR               writes the page to docs/specification.md
#        specification.sh check SOURCE_DIR BUILD_DIR [TABLE]   the table is whole, the page is its page, and CTest runs
#                                                      each test that it names
#        specification.sh ran SOURCE_DIR BUILD_DIR      each of those tests passed in CTest's last run there
#
# A test that is named `program/case` is a case of Criterion's, Test(suite, case), with `suite` before the slash, or a
# function of a test program of that name. Its source must be compiled into a program that CTest runs.
set -eu
LC_ALL=C
export LC_ALL
mode=$1
source=$(cd "$2" && pwd)
build=${3-}
table=${4-$source/docs/specification.tsv}
page=$source/docs/specification.md
status=0

wrong() {
    printf '%s\n' "$*"
    status=1
}

make_page() {
    awk -f "$source/tests/structure/specification.awk" "$table"
}

if [ "$mode" = page ]; then
    make_page >"$page"
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What CTest runs, by name: all of it, and which tests only an explicit label asks for. Listed from elsewhere, because
# a listing too begins a new log where it runs.
build=$(cd "$build" && pwd)
mkdir "$work/ctest"
printf 'subdirs("%s")\n' "$build" >"$work/ctest/CTestTestfile.cmake"
listing() {
    (cd "$work/ctest" && ctest -N "$@") | sed -n 's/^ *Test *#[0-9]*: *//p'
}
listing >"$work/listed"
listing -L interop | sed 's/ (Disabled)$//' >"$work/interop"
grep -v ' (Disabled)$' "$work/listed" >"$work/tests" || true

# The cases: `suite/case` or `program/function`, and the CTest test that runs each.
# compile_commands.json says which sources belong to which program: CMakeFiles/PROGRAM.dir/.
sed -n 's/.*-o \([^ ]*\)CMakeFiles\/\([^/]*\)\.dir\/[^ ]* -c \([^ "]*\)".*/\2 \3/p' "$build/compile_commands.json" |
    grep "$source/tests/" | sort -u >"$work/compiled"
while read -r program file; do
    sed -n 's/^Test(\([A-Za-z0-9_]*\), *\([A-Za-z0-9_]*\).*/\1\/\2/p' "$file" |
        sed "s|^|$program |"
    sed -n 's/^static void \([a-z0-9_]*\)(.*/\1/p; s/^static int \([a-z0-9_]*\)(.*/\1/p' "$file" |
        sed "s|^|$program $program/|"
done <"$work/compiled" >"$work/cases"

# Which CTest test shows a named test: prints it, or nothing.
runner() {
    case $1 in
    */*) awk -v name="$1" '$2 == name { print $1; exit }' "$work/cases" ;;
    *) printf '%s\n' "$1" ;;
    esac
}

check_table() {
    awk -F '\t' -v table="$table" '
        /^#/ || /^=/ || /^$/ { next }
        NF != 5 { print table ":" NR ": " NF " columns, not 5"; bad = 1; next }
        $1 == "" || $2 !~ /^[MSmD]$/ { print table ":" NR ": no requirement, or no level"; bad = 1 }
        $4 == "-" && $5 !~ /^Not supported: ./ { print table ":" NR ": neither a test nor a reason"; bad = 1 }
        $4 !~ /^[A-Za-z0-9_\/ -]+$/ { print table ":" NR ": " $4 " names no tests"; bad = 1 }
        END { exit bad }' "$table"
}

# What the third column names of this library's is there.
check_names() {
    awk -F '\t' '!/^#/ && !/^=/ && NF == 5 { print $3 }' "$table" | grep -oE '(slmi?|SLMI?)_[A-Za-z0-9_]+' | sort -u >"$work/names"
    (cd "$source" && grep -rohE '(slmi?|SLMI?)_[A-Za-z0-9_]+' include core propagation exporters) | sort -u >"$work/known"
    comm -23 "$work/names" "$work/known" >"$work/unknown"
    awk -F '\t' '!/^#/ && !/^=/ && NF == 5 { print $3 }' "$table" | grep -oE '(core|propagation|exporters)/[a-z0-9_]+\.[ch]' |
        sort -u >"$work/files"
    while read -r file; do
        [ -f "$source/$file" ] || printf '%s\n' "$file"
    done <"$work/files" >>"$work/unknown"
    while read -r name; do
        wrong "$name: named as a function, and not there"
    done <"$work/unknown"
}

check_page() {
    make_page >"$work/page"
    cmp -s "$work/page" "$page" ||
        wrong "docs/specification.md is not the page of its table: tests/structure/specification.sh page ."
}

awk -F '\t' '!/^#/ && !/^=/ && NF == 5 { count = split($4, n, " "); for (i = 1; i <= count; i++) if (n[i] != "-") print n[i] }' \
    "$table" | sort -u >"$work/named"
if [ ! -s "$work/named" ]; then
    wrong "$table names no test"
fi

if [ "$mode" = check ]; then
    check_table || status=1
    check_names
    check_page
fi

log=$build/Testing/Temporary/LastTest.log
while read -r name; do
    test=$(runner "$name")
    if [ -z "$test" ]; then
        wrong "$name: no test of that name is compiled here"
    elif ! grep -qxF "$test" "$work/tests"; then
        wrong "$name: CTest does not run $test"
    elif [ "$mode" = ran ] && ! grep -qxF "$test" "$work/interop" &&
        ! awk -v test="$test" '
            $1 ~ /^[0-9]+\/[0-9]+$/ && $2 == "Testing:" { current = $3 }
            current == test && /^Test Passed\.$/ { passed = 1 }
            END { exit !passed }' "$log"; then
        wrong "$name: $test did not run, or did not pass"
    fi
done <"$work/named"
exit $status
