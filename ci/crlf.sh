#!/usr/bin/env bash
# A clone with `core.autocrlf=true`, the default of Git for Windows, has the same bytes, and the tests
# that compare files with text pass in it.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git clone -q -c core.autocrlf=true . "$folder/clone"
git archive HEAD | (mkdir "$folder/bytes" && tar -x -C "$folder/bytes")
diff -r --exclude=.git "$folder/bytes" "$folder/clone"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
cd "$folder/clone"
cargo test -q --test examples readme
cargo test -q --test riff files
