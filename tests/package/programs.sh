#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: programs.sh PAGE PREFIX OUTPUT_DIR
#
# Compiles each C program of a page, which is a block that has a main, against the package installed in PREFIX, by the
# one line of the page in code font that starts with `cc x.c`; runs it, and compares what it prints, without time
# stamps, with the block that follows it. A program's file is named after the section that it stands in.
set -euo pipefail
page=$1 prefix=$2 output=$3

rm -rf "$output"
mkdir -p "$output"
awk -v output="$output" '
    /^## / { section = tolower($2) }
    /^```/ && inside { if (inside == "c") has_main = text ~ /int main\(/; else expected = ""
                       if (has_main) printf "%s", text >(output "/" section (inside == "c" ? ".c" : ".expected"))
                       if (inside != "c") has_main = 0
                       inside = ""; next }
    /^```/ { inside = $0 == "```c" ? "c" : "text"; text = ""; next }
    inside { text = text $0 "\n" }' "$page"
command=$(grep -oE '`cc x\.c[^`]*`' "$page" | head -n 1 | tr -d '`')

pc=$(find "$prefix" -name spanloom.pc)
export PKG_CONFIG_PATH="${pc%/*}"
LD_LIBRARY_PATH=$(pkg-config --variable=libdir spanloom)
export LD_LIBRARY_PATH
cd "$output"
stamp='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z'
programs=0
for source in *.c; do
    name=${source%.c}
    sh -ec "${command/x.c/$source -o $name -Wall -Wextra}"
    diff "$name.expected" <("./$name" 2>&1 | sed -E "s/^$stamp //")
    programs=$((programs + 1))
done
((programs > 0)) || { echo "no C program with a main in $page"; exit 1; }
echo "$programs programs"
