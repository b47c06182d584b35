#!/usr/bin/env bash
# Instructions per operation, ours beside std's, by valgrind: the difference between two runs that
# differ only in how often the operation is done. The same every time, whatever else the machine does.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(cargo bench --no-run --bench instructions --message-format=json 2>/dev/null |
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

echo "| operation | mmio-file | std |"
echo "|---|---:|---:|"
for operation in read-1 read-64 write-1 write-64 seek-read; do
    echo "| $operation | $(per_operation $operation ours) | $(per_operation $operation std) |"
done
echo "| switch (read 8, back, write 8) | $(per_operation switch ours) | – |"
