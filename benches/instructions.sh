#!/usr/bin/env bash
# Instructions per operation, ours beside std's, by valgrind: the difference between two runs that
# differ only in how often the operation is done. The same every time, whatever else the machine does.
set -euo pipefail
# A program that fails is not to be counted.
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

program=$(cargo bench -p mmio-file-benches --no-run --bench instructions --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*instructions[^"]*\)".*/\1/p' | tail -n 1)

count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" "$3" 2>&1 |
        sed -n 's/.*Collected : //p'
}

per_operation() {
    local few many
    few=$(count "$1" "$2" 65536)
    many=$(count "$1" "$2" 655360)
    awk -v few="$few" -v many="$many" 'BEGIN { printf "%.1f", (many - few) / 589824 }'
}

row() {
    local ours theirs="–"
    ours=$(per_operation "$1" ours)
    case $1 in
    switch | jump | update | places | miss) ;;
    *) theirs=$(per_operation "$1" std) ;;
    esac
    echo "| $2 | $ours | $theirs |"
}

echo "| operation | mmio-file | std |"
echo "|---|---:|---:|"
row read-1 "read 1 byte"
row read-64 "read 64 bytes"
row write-1 "write 1 byte"
row write-64 "write 64 bytes"
row seek-read "seek within the page, read 8 bytes"
row switch "read 8 bytes, back, write them"
row jump "seek at random in 48 KiB, read 16 bytes"
row update "the same, back, write them"
row places "the same at 8 places by turns"
row miss "the same at random in 1 MiB"
