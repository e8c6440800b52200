#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: readme.sh README PREFIX OUTPUT_DIR
#
# Does what the README says: takes its first C program that has a main, and the first line that starts with `cc `,
# compiles the one with the other against the package installed in PREFIX, runs the result, and compares what it logs
# with the line shown.
set -euo pipefail
readme=$1 prefix=$2 output=$3

rm -rf "$output"
mkdir -p "$output"
command=$(grep -m 1 -E '^(\$ )?cc ' "$readme" | sed 's/^\$ //')
source=$(grep -oE '[A-Za-z0-9_]+\.c( |$)' <<<"$command" | head -n 1 | tr -d ' ')
program=$(sed -nE 's/.* -o ([A-Za-z0-9_]+).*/\1/p' <<<"$command")
awk '
    /^```c$/ { inside = 1; text = ""; next }
    /^```/ && inside { inside = 0; if (text ~ /int main\(/) { printf "%s", text; exit } }
    inside { text = text $0 "\n" }' "$readme" >"$output/$source"
if [[ ! -s $output/$source ]]; then
    echo "no C program with a main in $readme"
    exit 1
fi

pc=$(find "$prefix" -name spanloom.pc)
export PKG_CONFIG_PATH="${pc%/*}"
LD_LIBRARY_PATH=$(pkg-config --variable=libdir spanloom)
export LD_LIBRARY_PATH
cd "$output"
echo "$command"
sh -ec "$command"
# Nobody listens here: the program must end well all the same, and print the line that the README shows.
SPANLOOM_LOG=info OTEL_TRACES_EXPORTER=none "./${program:-a.out}" 2>printed
cat printed
diff <(grep -m 1 -E '^[0-9-]+T[0-9:.]+Z ' "$readme" | cut -d ' ' -f 2-) <(cut -d ' ' -f 2- printed)
