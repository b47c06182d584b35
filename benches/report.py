#!/usr/bin/env python3
"""Reads what criterion measured, prints the tables of docs/benchmarks.md, and draws the chart.

    cargo bench --bench buffers && python3 benches/report.py docs/benchmarks.svg

Python 3, standard library only.
"""

import json
import math
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "target" / "criterion"

# What the ratio of our median to the other's may be at most: (row, other) -> goal.
GOALS = {
    **{(f"write {n}", "std"): goal for n, goal in
       [(1, 1.05), (4, 1.03), (8, 1.03), (64, 1.02), (512, 1.02), (4096, 1.02), (131072, 1.02)]},
    **{(f"read {n}", "std"): goal for n, goal in
       [(1, 0.30), (4, 0.40), (8, 0.45), (64, 1.0), (512, 1.0), (4096, 1.0), (131072, 1.0)]},
    ("lines", "std"): 1.0,
    ("record update", "File"): 0.04, ("record update", "best peer"): 1.0,
    ("append and patch", "File"): 0.05, ("append and patch", "best peer"): 0.9,
    ("three patches", "File"): 0.05, ("three patches", "best peer"): 0.9,
    ("backwards", "File"): 0.05, ("backwards", "best peer"): 0.75,
    ("random in 48 KiB", "File"): 0.03, ("random in 48 KiB", "best peer"): 1.0,
    ("random in 1 MiB", "File"): 0.95, ("random in 1 MiB", "best peer"): 0.95,
    ("random in 256 MiB", "File"): 1.05, ("random in 256 MiB", "best peer"): 1.05,
    **{(f"{k} places", other): goal for k in (2, 3, 5, 8, 12, 15)
       for other, goal in [("File", 0.03), ("best peer", 1.0)]},
    ("FAT image", "fscommon"): 0.05, ("FAT image", "best peer"): 0.75,
}
OURS = ["mmio-file", "mmio-file, positioned"]
PEERS = ["buf_read_write", "rabuf"]
CHART = ["append and patch", "three patches", "record update", "backwards", "random in 48 KiB",
         "2 places", "5 places", "15 places", "FAT image"]


def measured():
    """{table: {row: {candidate: (median, deviation)}}} in nanoseconds."""
    tables = {}
    for path in sorted(ROOT.glob("**/new/benchmark.json")):
        name = json.loads(path.read_text())
        estimates = json.loads((path.parent / "estimates.json").read_text())
        table, row = name["group_id"].split("/", 1)
        candidates = tables.setdefault(table, {}).setdefault(row, {})
        candidates[name["function_id"]] = (
            estimates["median"]["point_estimate"],
            estimates["median_abs_dev"]["point_estimate"],
        )
    return tables


def others(candidates):
    """What we are compared with: everybody else, and the best of the peers."""
    found = {name: time for name, time in candidates.items() if name not in OURS}
    peers = [found[name] for name in PEERS if name in found]
    if peers:
        found["best peer"] = min(peers)
    return found


def show(time):
    median, deviation = time
    return f"{median / 1e6:.3f} ±{100 * deviation / median:.0f} %"


def print_table(title, rows):
    names = [name for name in OURS + ["std", "buf_read_write", "rabuf", "fscommon", "File", "memmap2"]
             if any(name in candidates for candidates in rows.values())]
    names += sorted({name for row in rows.values() for name in row} - set(names))
    print(f"\n### {title}\n\n| work | " + " | ".join(names) + " |")
    print("|---|" + "---:|" * len(names))
    for row, candidates in rows.items():
        cells = [show(candidates[name]) if name in candidates else "" for name in names]
        print(f"| {row} | " + " | ".join(cells) + " |")


def print_goals(rows):
    print("\n### Our median ÷ the other's\n")
    print("| work | against | `MmioFile<File>` | `MmioFile` by path | goal | |\n|---|---|---:|---:|---:|---|")
    for (row, other), goal in GOALS.items():
        candidates = rows.get(row, {})
        against = others(candidates).get(other)
        if against is None:
            continue
        ratios = [candidates[name][0] / against[0] for name in OURS]
        verdict = "met" if ratios[0] <= goal else "met by path" if ratios[1] <= goal else "missed"
        print(f"| {row} | {other} | {ratios[0]:.3f} | {ratios[1]:.3f} | {goal:.2f} | {verdict} |")


def draw(rows, path):
    """How many times as long as ours the best peer and an unbuffered file take, logarithmically."""
    left, right, top, step = 150, 640, 64, 44
    height = top + step * len(CHART) + 30
    most = 1000

    def x(times):
        return left + (right - left) * (math.log10(max(times, 0.5)) - math.log10(0.5)) / math.log10(most / 0.5)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {height}" role="img" '
           'aria-label="Time taken by other ways, as a multiple of mmio-file">',
           "<style>text{font:13px sans-serif;fill:#1f2328}.q{fill:#59636e}.p{fill:#bf8700}.f{fill:#8250df}"
           ".l{stroke:#d1d9e0}.o{stroke:#1a7f37;stroke-width:2}.t{font-weight:600;font-size:15px}"
           "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.q{fill:#9198a1}.p{fill:#d29922}"
           ".f{fill:#ab7df8}.l{stroke:#3d444d}.o{stroke:#3fb950}}</style>",
           '<text class="t" x="12" y="22">Time, as a multiple of mmio-file’s (less is faster; logarithmic)</text>',
           '<rect class="p" x="12" y="34" width="12" height="12"/><text x="30" y="45">the faster of '
           'buf_read_write and rabuf, at the same 64 KiB</text>',
           '<rect class="f" x="400" y="34" width="12" height="12"/><text x="418" y="45">File, no buffer</text>']
    bottom = top + step * len(CHART)
    for times in (1, 10, 100, 1000):
        kind = "o" if times == 1 else "l"
        out.append(f'<line class="{kind}" x1="{x(times):.0f}" x2="{x(times):.0f}" y1="{top - 6}" y2="{bottom}"/>')
        out.append(f'<text class="q" text-anchor="middle" x="{x(times):.0f}" y="{bottom + 18}">{times}×</text>')
    for index, row in enumerate(CHART):
        candidates = rows[row]
        ours = candidates["mmio-file"][0]
        y = top + step * index
        out.append(f'<text text-anchor="end" x="{left - 10}" y="{y + 22}">{row}</text>')
        for kind, name, dy in (("p", "best peer", 4), ("f", "File", 19)):
            times = others(candidates)[name][0] / ours
            start, end = sorted((x(1), x(times)))
            out.append(f'<rect class="{kind}" x="{start:.1f}" y="{y + dy}" width="{max(end - start, 1.5):.1f}" height="12"/>')
            out.append(f'<text class="q" x="{max(end, x(1)) + 5:.0f}" y="{y + dy + 11}">{times:.3g}×</text>')
    out.append("</svg>")
    pathlib.Path(path).write_text("\n".join(out) + "\n")


def main():
    tables = measured()
    print_table("Everybody at 64 KiB: milliseconds, median and median deviation", tables["equal"])
    print_table("Everybody at defaults", tables.get("defaults", {}))
    print_table("RIFF: 1,000 chunks of 100 bytes", tables.get("riff", {}))
    print_goals(tables["equal"])
    if len(sys.argv) > 1:
        draw(tables["equal"], sys.argv[1])


main()
