#!/bin/sh
# Compiles each header of voices/, and the engine headers that CUDA code may include, alone: in
# C11 for every instruction set of this processor family, and in C++17, which stands for nvcc and
# is a little stricter. So no header leans on what its includer happened to include before.
# Usage: headers-alone.sh C_COMPILER, in the source folder.
set -u
cc=$1
cxx=g++
failed=0

try() { # what it is, then the command
    what=$1
    shift
    "$@" >headers-alone.$$ 2>&1 && return
    echo "$what does not compile alone:"
    head -n 5 headers-alone.$$
    failed=$((failed + 1))
}
cd "$AEO_BINARY_DIR" || exit 1
trap 'rm -f headers-alone.$$' EXIT

case $(uname -m) in
x86_64) lanes="AVX512 AVX2 SSE PLAIN DOUBLE" ;;
aarch64) lanes="NEON PLAIN DOUBLE" ;;
*) lanes="PLAIN DOUBLE" ;;
esac
flags_of() {
    case $1 in
    AVX512) echo -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mbmi2 ;;
    AVX2) echo -mavx2 -mfma ;;
    esac
}

count=0
root="$AEO_SOURCE_DIR"
c_flags="-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-function -fsyntax-only -I$root"
for header in "$root"/voices/*.h "$root"/engine/plan.h "$root"/engine/renderer.h \
    "$root"/engine/status.h "$root"/engine/aeolian.h; do
    [ -f "$header" ] || continue
    count=$((count + 1))
    name=${header#"$root"/}
    include="#include \"$name\""
    case $name in
    voices/lane_*) continue ;; # parts of lane.h, each for its own target
    voices/*)
        for lane in $lanes; do
            echo "$include" >alone.$$.c
            try "$name ($lane)" $cc $c_flags $(flags_of $lane) -DLANE_$lane alone.$$.c
            rm -f alone.$$.c
        done
        ;;
    *)
        echo "$include" >alone.$$.c
        try "$name" $cc $c_flags alone.$$.c
        rm -f alone.$$.c
        ;;
    esac
    command -v $cxx >/dev/null 2>&1 || continue
    echo "$include" >alone.$$.cc
    try "$name (C++17)" $cxx -std=c++17 -fsyntax-only -I"$root" -DLANE_PLAIN \
        -Drestrict=__restrict__ alone.$$.cc
    rm -f alone.$$.cc
done
echo "$count headers, $failed failures"
[ $failed = 0 ]
