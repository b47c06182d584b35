#!/usr/bin/env bash
# The package as a user gets it: unpacked in an empty folder, every example runs without arguments, the
# tests pass, the documentation builds as docs.rs builds it, and the README has no dead link.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The dependencies are built already, if the tests have been.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
cargo package -q -p mmio-file --no-verify --allow-dirty
crate=$(ls -t "$CARGO_TARGET_DIR"/package/mmio-file-*.crate | head -n 1)
tar -xzf "$crate" -C "$folder"
cd "$folder"/mmio-file-*
echo "$(basename "$crate"): $(find . -type f | wc -l) files, $(wc -c <"$crate") bytes packed"

cargo build -q --examples --all-features
for example in examples/*.rs; do
    name=$(basename "$example" .rs)
    printf -- '-- %s\n' "$name"
    cargo run -q --all-features --example "$name" </dev/null
done

# The listed files and pictures are there. (Addresses with a scheme are not followed.)
grep -oE '\]\([^)#: ]+\)' README.md | tr -d '](),' | sort -u | while read -r link; do
    [ -e "$link" ] || { echo "README.md: $link is not in the package"; exit 1; }
done

RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS="--cfg docsrs -D warnings" cargo doc -q --no-deps --all-features
# Without the two longest drivers, which are no different here.
cargo test -q --all-features -- --skip faults::every_fault_in --skip faults::every_two_faults
