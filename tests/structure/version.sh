#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: version.sh SOURCE_DIR BUILD_DIR VERSION [SPANLOOM_COMMAND]
#
# One version string everywhere: VERSION is CMake's.
set -euo pipefail
source=$1 build=$2 version=$3 command=${4-}
header=$source/include/spanloom/version.h
status=0

expect() {
    if [[ $2 == "$version" ]]; then
        echo "$1: $2"
    else
        echo "$1: '$2', where CMake has '$version'"
        status=1
    fi
}

part() {
    awk -v name="SLM_VERSION_$1" '$1 == "#define" && $2 == name { gsub(/"/, "", $3); print $3 }' "$header"
}

expect "SLM_VERSION_STRING" "$(part STRING)"
expect "SLM_VERSION_MAJOR.MINOR.PATCH" "$(part MAJOR).$(part MINOR).$(part PATCH)"
for pc in "$build"/*.pc; do
    package=$(basename "$pc" .pc)
    expect "$package.pc" "$(PKG_CONFIG_PATH=$build pkg-config --modversion "$package")"
done
# The changelog's newest entry is this version, or announces it.
expect "CHANGELOG.md" "$(grep -oE '[0-9]+\.[0-9]+\.[0-9]+' < <(sed -n '/^## /,$p' "$source/CHANGELOG.md") | head -n 1)"
if [[ -n $command ]]; then
    expect "spanloom --version" "$("$command" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)"
fi
exit $status
