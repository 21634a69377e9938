#!/bin/sh
# Goal: the example of the README plays what the program renders, byte for byte.
# Usage: embed_test.sh EMBED PROGRAM
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" >"$folder/embed.f32"
"$2" render --seed 1 --duration 10 --out "$folder/render.wav" >/dev/null
bytes=$(wc -c <"$folder/embed.f32")
[ "$bytes" -eq $((10 * 48000 * 2 * 4)) ] || { echo "embed wrote $bytes bytes"; exit 1; }
tail -c "$bytes" "$folder/render.wav" | cmp - "$folder/embed.f32"
echo "embed and render agree over $bytes bytes"
