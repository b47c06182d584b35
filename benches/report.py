#!/usr/bin/env python3
"""Reads what criterion measured, prints the tables of docs/benchmarks.md, and draws its chart.

    cargo bench -p mmio-file-benches && python3 benches/report.py docs/benchmarks.svg

Where the machine is not quiet, run it several times, into several folders. The tables then have the
median of the runs' medians; a ratio is taken within each run, where the two ran one soon after the
other, and is the median of those:

    for run in 1 2 3; do CRITERION_HOME=target/criterion-$run cargo bench -p mmio-file-benches; done

Python 3, standard library only.
"""

import json
import math
import pathlib
import statistics
import sys

TARGET = pathlib.Path(__file__).resolve().parent.parent / "target"

OURS = ["mmio-file", "mmio-file, positioned"]
PEERS = ["buf_read_write", "rabuf"]
COLUMNS = [*OURS, "std", *PEERS, "fscommon", "File", "memmap2", "memory"]

SIZES = [1, 4, 8, 64, 512, 4096, 131072]
PLACES = [2, 3, 5, 8, 12, 15]
RANDOM = ["random in 48 KiB", "random in 1 MiB", "random in 256 MiB"]
ROWS = [*(f"write {n}" for n in SIZES), *(f"read {n}" for n in SIZES), "lines",
        "record update", "append and patch", "three patches", "backwards", *RANDOM,
        *(f"{k} places" for k in PLACES), "FAT image", "chunk headers", "write, seek, read"]

# What our median may be of the other's at most: (row, other, goal).
GOALS = [
    *((f"write {n}", "std", goal) for n, goal in zip(SIZES, [1.05, 1.03, 1.03] + [1.02] * 4)),
    *((f"read {n}", "std", goal) for n, goal in zip(SIZES, [0.30, 0.40, 0.45] + [1.00] * 4)),
    ("lines", "std", 1.00),
    ("record update", "File", 0.04), ("record update", "best peer", 1.00),
    ("append and patch", "File", 0.05), ("append and patch", "best peer", 0.90),
    ("three patches", "File", 0.05), ("three patches", "best peer", 0.90),
    ("backwards", "File", 0.05), ("backwards", "best peer", 0.75),
    ("random in 48 KiB", "File", 0.03), ("random in 48 KiB", "best peer", 1.00),
    ("random in 1 MiB", "File", 0.95), ("random in 1 MiB", "best peer", 0.95),
    ("random in 256 MiB", "File", 1.05), ("random in 256 MiB", "best peer", 1.05),
    *((f"{k} places", other, goal) for k in PLACES
      for other, goal in [("File", 0.03), ("best peer", 1.00)]),
    ("FAT image", "fscommon", 0.05), ("FAT image", "best peer", 0.75),
]

CHARTED = ["append and patch", "three patches", "record update", "backwards", "random in 48 KiB",
           "2 places", "5 places", "15 places", "FAT image"]


def measured():
    """{table: {row: {candidate: [(median, median absolute deviation) of each run]}}}, in ns per
    operation."""
    tables = {}
    for path in sorted(TARGET.glob("criterion*/**/new/benchmark.json")):
        about = json.loads(path.read_text())
        estimates = json.loads((path.parent / "estimates.json").read_text())
        operations = about["throughput"]["Elements"]
        table, row = about["group_id"].split("/", 1)
        runs = tables.setdefault(table, {}).setdefault(row, {})
        runs.setdefault(about["function_id"], []).append(tuple(
            estimates[what]["point_estimate"] / operations for what in ("median", "median_abs_dev")))
    return tables


def middle(runs):
    """The median of the runs' medians."""
    return statistics.median(median for median, _ in runs)


def other_of(candidates, name):
    """The runs of one, or of the faster of the peers; None where it was not measured."""
    if name == "best peer":
        peers = [candidates[peer] for peer in PEERS if peer in candidates]
        return min(peers, key=middle, default=None)
    return candidates.get(name)


def ratio(ours, theirs):
    """How much of their time we take: the median of what it was in each run."""
    return statistics.median(our / their for (our, _), (their, _) in zip(ours, theirs))


def three_digits(number):
    digits = 3 - len(str(int(number))) if number >= 1 else 2
    return f"{number:,.{max(digits, 0)}f}"


def cell(runs):
    time, deviation = middle(runs), statistics.median(deviation for _, deviation in runs)
    unit, scale = ("µs", 1e3) if time >= 1e4 else ("ns", 1)
    if time >= 1e7:
        unit, scale = "ms", 1e6
    return f"{three_digits(time / scale)} {unit} ±{100 * deviation / time:.0f}\u202f%"


def in_bytes(row):
    """How many bytes a row of the growth tables names last, to sort by."""
    number, unit = row.split()[-2:]
    return int(number) * {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit]


def print_table(title, rows, order):
    names = [name for name in COLUMNS if any(name in row for row in rows.values())]
    names += sorted({name for row in rows.values() for name in row} - set(names))
    print(f"\n## {title}\n\n| work | {' | '.join(names)} |\n|---|{'---:|' * len(names)}")
    for row in order:
        cells = (cell(rows[row][name]) if name in rows[row] else "" for name in names)
        print(f"| {row} | {' | '.join(cells)} |")


def print_goals(rows):
    print("\n## Our median ÷ the other's\n\n"
          "| work | against | over `File` | positioned | goal | |\n|---|---|---:|---:|---:|---|")
    for row, other, goal in GOALS:
        theirs = other_of(rows.get(row, {}), other)
        if theirs is None:
            continue
        ratios = [ratio(rows[row][name], theirs) for name in OURS]
        verdict = ("met" if ratios[0] <= goal else
                   "met positioned" if ratios[1] <= goal else "**missed**")
        print(f"| {row} | {other} | {ratios[0]:.3f} | {ratios[1]:.3f} | {goal:.2f} | {verdict} |")


STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.quiet { fill: #59636e }
.buf_read_write { fill: #bf8700 }
.rabuf { fill: #0969da }
.File { fill: #8250df }
.grid { stroke: #d1d9e0 }
.ours { stroke: #1a7f37; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .quiet { fill: #9198a1 }
  .buf_read_write { fill: #d29922 }
  .rabuf { fill: #4493f8 }
  .File { fill: #ab7df8 }
  .grid { stroke: #3d444d }
  .ours { stroke: #3fb950 }
}
"""


class Chart:
    """Bars from 1, our time, to the other's, on a logarithmic scale."""

    LEFT, RIGHT, TOP, STEP, WIDTH = 150, 660, 80, 58, 720
    LEAST, MOST = 0.5, 1000
    OTHERS = {"buf_read_write": "buf_read_write", "rabuf": "rabuf", "File": "File, without a buffer"}

    def __init__(self, rows):
        self.rows = rows
        self.charted = [row for row in CHARTED if row in rows]
        self.bottom = self.TOP + self.STEP * len(self.charted)

    def x(self, times):
        times = min(max(times, self.LEAST), self.MOST)
        share = math.log(times / self.LEAST) / math.log(self.MOST / self.LEAST)
        return self.LEFT + (self.RIGHT - self.LEFT) * share

    def bar(self, kind, times, y):
        start, end = sorted((self.x(1), self.x(times)))
        yield (f'<rect class="{kind}" x="{start:.1f}" y="{y}" width="{max(end - start, 2):.1f}" '
               f'height="13" rx="2"/>')
        label = f"{times:.0f}×" if times >= 10 else f"{times:.2g}×"
        yield f'<text class="quiet" x="{end + 6:.0f}" y="{y + 11}">{label}</text>'

    def scale(self):
        for times in (1, 10, 100):
            kind, x = "ours" if times == 1 else "grid", f"{self.x(times):.0f}"
            yield f'<line class="{kind}" x1="{x}" x2="{x}" y1="{self.TOP - 8}" y2="{self.bottom}"/>'
            label = "mmio-file" if times == 1 else f"{times}×"
            yield f'<text class="quiet" text-anchor="middle" x="{x}" y="{self.bottom + 18}">{label}</text>'

    def legend(self):
        yield ('<text class="title" x="14" y="24">Time taken, as a multiple of mmio-file’s, '
               'every candidate at 64 KiB</text>')
        for index, (name, label) in enumerate(self.OTHERS.items()):
            x = 14 + 150 * index
            yield f'<rect class="{name}" x="{x}" y="40" width="13" height="13" rx="2"/>'
            yield f'<text x="{x + 19}" y="51">{label}</text>'
        yield '<text class="quiet" text-anchor="end" x="706" y="51">logarithmic scale</text>'

    def bars(self):
        for index, row in enumerate(self.charted):
            y = self.TOP + self.STEP * index
            yield f'<text text-anchor="end" x="{self.LEFT - 12}" y="{y + 30}">{row}</text>'
            for place, other in enumerate(self.OTHERS):
                times = ratio(self.rows[row][other], self.rows[row][OURS[0]])
                yield from self.bar(other, times, y + 3 + 16 * place)

    def svg(self):
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.WIDTH} {self.bottom + 32}" '
            'role="img" aria-label="Time that others take, as a multiple of mmio-file’s">',
            f"<style>{STYLE}</style>", *self.legend(), *self.scale(), *self.bars(), "</svg>", ""])


def main():
    tables = measured()
    equal = tables["equal"]
    for name, title in [("equal", "Every candidate at 64 KiB"), ("defaults", "Every candidate at its default")]:
        rows = tables.get(name, {})
        print_table(f"{title}: per operation", rows, [row for row in ROWS if row in rows])
    print_goals(equal)
    for name, title in [("file", "Growth with the file"), ("capacity", "Growth with the capacity")]:
        rows = tables.get(name, {})
        order = sorted(rows, key=lambda row: (row.split()[0], in_bytes(row)))
        print_table(f"{title}: per operation", rows, order)
    print_table("RIFF: per chunk of 100 bytes", tables.get("riff", {}), sorted(tables.get("riff", {})))
    if len(sys.argv) > 1:
        pathlib.Path(sys.argv[1]).write_text(Chart(equal).svg())


main()
