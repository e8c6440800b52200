#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: pkg_config.sh PREFIX CC COMPONENT VERSION OUTPUT
# Compiles consumer.c with what pkg-config says, as in the README, and runs it.
set -eu
prefix=$1 cc=$2 component=$3 version=$4 output=$5
here=$(dirname "$0")

package=spanloom-$component
[ "$component" != core ] || package=spanloom
define=$(echo "$component" | tr '[:lower:]-' '[:upper:]_')

pc=$(find "$prefix" -name spanloom.pc)
export PKG_CONFIG_PATH="${pc%/*}"
[ "$(pkg-config --modversion "$package")" = "$version" ]
lib=$(pkg-config --variable=libdir "$package")

standard=c11
[ "$component" != uv ] || standard=gnu11 # <uv.h> asks for it

# Unquoted: they are lists of flags.
# shellcheck disable=SC2046
"$cc" -std=$standard -Wall -Wextra -Wpedantic -Werror "-DCONSUMER_$define" -o "$output" \
    "$here/consumer.c" $(pkg-config --cflags --libs "$package")
LD_LIBRARY_PATH=$lib "$output" "$version"
