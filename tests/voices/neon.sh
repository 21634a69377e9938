#!/bin/sh
# The same bits on 64-bit Arm: builds the voices for NEON and for plain C with a cross compiler,
# runs both under qemu and compares their hashes with those of this machine's plain C.
# Goal: the promise of equal bits holds on an instruction set this machine does not have.
# Usage: neon.sh SOURCE_DIR. Exit 77 (skipped) where compiler or emulator are missing:
# packages gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user.
set -eu
cd "$1"
arm=aarch64-linux-gnu-gcc
if ! command -v "$arm" >/dev/null || ! command -v qemu-aarch64 >/dev/null; then
    echo "skipped: $arm or qemu-aarch64 is not installed"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=c11 -O2 -ffp-contract=off -I."
sources="tests/voices/print_bits.c tests/voices/lanes_list.c tests/voices/patches.c
    voices/note.c voices/note_pads.c voices/note_bell.c"

# build COMPILER ARM_LANES OUTPUT LANES...
build() {
    compiler=$1
    family="-DAEO_LANES_ARM=$2 -DAEO_LANES_X86=0"
    output=$3
    shift 3
    objects=""
    for lanes; do
        upper=$(echo "$lanes" | tr '[:lower:]' '[:upper:]')
        $compiler $flags $family "-DLANE_$upper" "-DLANE_SUFFIX=$lanes" \
            -c tests/voices/lanes_under_test.c -o "$work/$lanes.o"
        objects="$objects $work/$lanes.o"
    done
    $compiler $flags $family $sources $objects -lm -static -o "$output"
}
build "$arm" 1 "$work/arm" neon plain
build "${CC:-cc}" 0 "$work/here" plain
qemu-aarch64 "$work/arm" >"$work/arm.txt"
"$work/here" >"$work/here.txt"

# Every patch stands twice in arm.txt, NEON and plain, and both must be the line of this machine.
lines=$(wc -l <"$work/here.txt")
[ "$lines" -gt 0 ]
sort -u "$work/arm.txt" >"$work/arm.sorted"
sort "$work/here.txt" >"$work/here.sorted"
diff "$work/here.sorted" "$work/arm.sorted"
echo "$lines patches, the same bits on NEON, plain C on Arm and plain C here"
