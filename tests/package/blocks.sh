#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: blocks.sh DOCS PREFIX CC OUTPUT_DIR
#
# Compiles what the pages show: the n-th block of C of DOCS/NAME.md takes the place of the line @n@ of blocks/NAME.c.in,
# which declares what the page leaves to the reader. A block's #include lines go where @include n@ stands, its line
# "..." is left out. Strict, against the package installed in PREFIX; a page whose libraries are not there is skipped.
set -euo pipefail
docs=$1 prefix=$2 cc=$3 output=$4
here=$(cd "$(dirname "$0")" && pwd)
pc=$(find "$prefix" -name spanloom.pc)
export PKG_CONFIG_PATH="${pc%/*}"
rm -rf "$output"
mkdir -p "$output"
status=0

# assemble PAGE TEMPLATE: fails if the one has blocks that the other does not place, or the reverse.
assemble() {
    awk '
        NR == FNR && /^```c$/ { inside = 1; ++blocks; next }
        NR == FNR && /^```/ { inside = 0; next }
        NR == FNR && inside && $0 != "..." {
            if (/^#include/)
                includes[blocks] = includes[blocks] $0 "\n"
            else
                text[blocks] = text[blocks] sprintf("#line %d \"%s\"\n", FNR, FILENAME) $0 "\n"
        }
        NR == FNR { next }
        /^@include [0-9]+@$/ { printf "%s", includes[$2 + 0]; next }
        /^ *@[0-9]+@$/ {
            indent = $0
            sub(/@.*/, "", indent)
            gsub(/[ @]/, "")
            block = text[$0 + 0]
            sub(/\n$/, "", block)
            gsub(/\n/, "\n" indent, block)
            print indent block
            placed[$0 + 0] = 1
            next
        }
        { print }
        END {
            for (n = 1; n <= blocks; n++)
                missing = missing (n in placed ? "" : " " n)
            if (missing != "") {
                print FILENAME " does not place the blocks" missing >"/dev/stderr"
                exit 1
            }
        }' "$1" "$2"
}

for page in "$docs"/*.md; do
    name=$(basename "$page" .md)
    grep -q '^```c$' "$page" || continue
    # All of them whole programs: programs.sh compiles and runs them.
    [[ $(grep -c '^```c$' "$page") == $(grep -c '^int main(' "$page") ]] && continue
    template=$here/blocks/$name.c.in
    if [[ ! -f $template ]]; then
        echo "$page has blocks of C, and there is no $template"
        status=1
        continue
    fi
    mapfile -t -d ' ' needs < <(sed -n 's:^/\* needs\: \(.*\) \*/$:\1:p' "$template" | tr -d '\n')
    if ! pkg-config --exists "${needs[@]}"; then
        echo "$name: not compiled, for want of ${needs[*]}"
        continue
    fi
    assemble "$page" "$template" >"$output/$name.c" || { status=1; continue; }
    # Unquoted: a list of flags.
    # shellcheck disable=SC2046
    "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror -Wno-unused-variable -Wno-unused-function -c -o "$output/$name.o" \
        "$output/$name.c" $(pkg-config --cflags "${needs[@]}") || status=1
done
exit $status
