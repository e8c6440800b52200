#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: lint.sh SOURCE_DIR
#
# What a reader of C text can tell: banned functions, platform #ifdefs outside platform files, the house's form.
# Comments and literals are taken out first, so that only code counts.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"

folders=()
for folder in include core propagation exporters adapters viewer examples tests bench; do
    [[ ! -d $folder ]] || folders+=("$folder")
done

# wrong_text/ breaks the rules on purpose: its test shows that they bite.
mapfile -t files < <(find "${folders[@]}" ! -path '*/wrong_text/*' \( -name '*.[ch]' -o -name '*.cpp' \) | sort)
if ((${#files[@]} == 0)); then
    echo "nothing to read in $PWD"
    exit 1
fi
awk -f "$here/lint.awk" "${files[@]}"
