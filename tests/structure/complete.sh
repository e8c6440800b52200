#!/bin/bash
# SPDX-License-Identifier: MIT
# usage: complete.sh SOURCE_DIR BUILD_DIR
#
# Nothing lies about unused: each .c of the product is compiled by this build (a platform file may be another
# platform's), and each public header is named in a CMakeLists.txt, so it is installed.
set -euo pipefail
source=$1 build=$2
status=0
cd "$source"
for file in $(find core propagation exporters viewer -name '*.c' ! -name 'platform_*' | sort); do
    if ! grep -qF "$source/$file\"" "$build/compile_commands.json"; then
        echo "$file is compiled by nobody"
        status=1
    fi
done
for header in $(cd include && find spanloom -name '*.h' | sort); do
    if ! grep -qrwF --include=CMakeLists.txt "$header" CMakeLists.txt core propagation exporters adapters; then
        echo "<$header> is not installed: name it in spanloom_public_headers()"
        status=1
    fi
done
exit $status
