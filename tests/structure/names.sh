#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: names.sh SOURCE_DIR [PAGE...]
#
# The pages name what is there: each public name, header, variable and linked file of README, CHANGELOG and docs, or of
# the pages given, exists.
set -euo pipefail
cd "$1"
shift
pages=("$@")
(($# > 0)) || pages=(README.md CHANGELOG.md docs/*.md)
status=0

complain() {
    echo "$(grep -nHwF -- "$1" "${pages[@]}" | head -n 1 | cut -d : -f 1,2): $1 $2"
    status=1
}

known=$(grep -ohrE --include='*.h' '\b(slm_[a-z0-9_]+|SLM_[A-Z0-9_]+)' include | sort -u)
for name in $(grep -ohE '\b(slm_[a-z0-9_]+|SLM_[A-Z0-9_]+)' "${pages[@]}" | sort -u); do
    grep -qxF "$name" <<<"$known" || complain "$name" "is no public name"
done
for header in $(grep -ohE '<spanloom/[a-z0-9_]+\.h>' "${pages[@]}" | tr -d '<>' | sort -u); do
    [[ -f include/$header ]] || complain "$header" "is no header"
done
known=$(grep -ohrE 'SPANLOOM_[A-Z_]+' core exporters propagation cmake dev CMakeLists.txt tests --exclude-dir=wrong_pages | sort -u)
for name in $(grep -ohE '\bSPANLOOM_[A-Z_]+' "${pages[@]}" | sort -u); do
    grep -qxF "$name" <<<"$known" || complain "$name" "is read nowhere"
done
for page in "${pages[@]}"; do
    for file in $(grep -oE '\]\([^)#:]+[)#]' "$page" | tr -d '()#]' || true); do
        [[ -e $(dirname "$page")/$file ]] || complain "$file" "is linked, and not there"
    done
done
exit $status
