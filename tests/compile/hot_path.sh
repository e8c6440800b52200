#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: hot_path.sh SOURCE_DIR COMPILER LIBRARY
#
# What runs when nobody listens, as read from the disassembly: of an event one load, one test, one branch and no call;
# of a scope or span one more test and branch for each exit, at most. From a function's first instruction the path is
# followed over every branch that is not taken. x86-64 only.
set -euo pipefail
root=$1 compiler=$2 library=$3
case $(basename "$compiler") in
*++*) language=c++ standard=c++17 ;;
*) language=c standard=c11 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# walk FILE FUNCTION: "loads tests branches calls others", where others are instructions that a gate needs not. What a
# function does with its own frame and registers is nobody's cost but its own.
walk() {
    objdump -d --no-show-raw-insn "$1" | awk -v name="$2" '
        $2 == "<" name ">:" { inside = 1; next }
        inside && NF == 0 { inside = 0 }
        inside {
            at = $1; sub(":", "", at)
            if (!first) first = at
            line = $0; sub(/^[^\t]*\t/, "", line); sub(/[ \t]*#.*/, "", line); sub(/[ \t]+$/, "", line)
            text[at] = line
            if (last) following[last] = at
            last = at
        }
        END {
            loads = tests = branches = calls = others = 0
            for (at = first; at != "" && ++steps < 200; at = next_at) {
                line = text[at]; next_at = following[at]
                if (line == "") { others++; trace = trace "\n  leaves the function"; break }
                trace = trace "\n  " line
                split(line, word, /[ \t]+/)
                op = word[1]
                if (op == "bnd" || op == "notrack") op = word[2]
                # A load of static data is relative to rip, with no detour over a table.
                if (line ~ /\(%rip\)/) {
                    if (op ~ /^(mov|test|cmp)/) loads++; else others++
                }
                if (op ~ /^(test|cmp)/) tests++
                else if (op ~ /^call/) calls++
                else if (op == "jmp") {
                    next_at = word[2]
                    if (!(next_at in text)) { calls++; next_at = "" } # a call in the place of a return
                }
                else if (op ~ /^j/) branches++
                else if (op ~ /^ret/) next_at = ""
                else if (op !~ /^(endbr64|push|pop|mov|sub|add|lea|xor|and|nop|data16|cs|leave)/) others++
            }
            print loads, tests, branches, calls, others
            print substr(trace, 2) >"/dev/stderr"
        }'
}

# hot FUNCTION LOADS TESTS BRANCHES CALLS: LOADS and CALLS exactly, of the others at least one and at most so many.
hot() {
    local file seen
    for file in "$work/subject.so" "$work/subject"; do
        read -r -a seen < <(walk "$file" "$1" 2>"$work/trace")
        if ((seen[0] != $2 || seen[1] < 1 || seen[1] > $3 || seen[2] < 1 || seen[2] > $4 || seen[3] != $5 || seen[4])); then
            printf '%s: %s in %s: %d loads, %d tests, %d branches, %d calls, %d others, on this path:\n' \
                "$compiler" "$1" "${file#"$work"/}" "${seen[@]}"
            cat "$work/trace"
            status=1
        fi
    done
}

# Ubuntu's compilers guard each frame unless told not to; that branch is not ours.
flags=(-x $language -std=$standard -O2 -fno-stack-protector -I"$root/include" "$root/tests/compile/hot_path.c" -x none)
"$compiler" "${flags[@]}" -fPIC -shared -fno-semantic-interposition -o "$work/subject.so"
"$compiler" "${flags[@]}" "$library" -o "$work/subject"
hot event 1 1 1 0
hot event_before_call 1 1 1 1
hot two_events 2 2 2 0
hot scope 1 2 2 0
hot scope_around_call 1 2 2 1
hot span 1 2 2 1
hot asked 1 1 1 0
exit $status
