#!/bin/sh
# What a packager and an embedding programmer rely on: `cmake --install` puts the program, the
# library, the headers and the pkg-config file in place, and the example of the README compiles
# with nothing but pkg-config's answers. Usage: install.sh CMAKE C_COMPILER
set -eu
cmake=$1
cc=$2
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT

"$cmake" --install "$AEO_BINARY_DIR" --prefix "$prefix" >/dev/null
"$prefix/bin/aeolian" --version
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name aeolian.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # words are wanted
"$cc" -std=c11 "$AEO_SOURCE_DIR/examples/embed.c" -o "$prefix/embed" \
    $(pkg-config --static --cflags --libs aeolian)
cd "$prefix" && ./embed >/dev/null
echo "installed, embedded, ran"
