"""The paired benchmark: what the gateway costs, against nginx as the floor, in one run. `make bench`.

The gateway (all its processes) is pinned to core 0, as is nginx, in turn; the mock and the load are on core 1. Keys,
limits, token counting and money are on; what money adds is measured against the same gateway without it, in several
pairs of new processes. Needs two cores, and the Debian packages nginx-light and wrk. A complete run is kept under
`loadtest/results/`.

    python -m loadtest.bench                     all of it, about 7 minutes
    python -m loadtest.bench --quick --check     about 100 seconds; exits with 1 if a bar is missed
    python -m loadtest.bench --only plain        one measurement (repeatable)
    python -m loadtest.bench --target-cmd 'other --port {port} --to http://127.0.0.1:{upstream}' --target-key sk-x
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from statistics import mean, median

from loadtest.measures import CONNECTIONS, FULL, QUICK, RATE, SPACING_MS, STREAMS, Bench, Effort, drive
from loadtest.rig import HERE, LOAD_CORE, UNLIMITED, Rig, RigError, free_port, machine, pinned, require

BUSY = 0.7
LAST_LINE = ("chat_ratio", "event_ratio", "added_p50_us", "added_p99_us", "rss_mb")
MEASURES = ("idle", "latency", "paced", "plain", "money", "cached", "refuse", "stream", "translated", "held")


@dataclass(frozen=True)
class Row:
    """One figure. `bar` is the most it may be; `name` is its name in the last line."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    name: str = ""

    @property
    def missed(self) -> bool:
        return self.bar is not None and self.value > self.bar

    def cells(self) -> tuple[str, str, str, str, str]:
        bar = "" if self.bar is None else f"<= {self.bar:g}"
        return self.what, f"{self.value:,.2f}", self.unit, bar + (" MISSED" if self.missed else ""), self.name


def measure(bench: Bench, effort: Effort, only: set[str], unknown: str) -> list[Row]:
    """The rows of what is wanted, quiet measurements first."""
    rows: list[Row] = []
    drive(bench.nginx, bench.nginx.key, 1)
    drive(bench.gateway, bench.gateway.key, 1)
    if "idle" in only:
        rows.append(Row("resident after a warm-up", bench.gateway.rss() / 1e6, "MB", 90, "rss_mb"))
    if "latency" in only:
        rows.append(Row("added p50, one connection", bench.latency(*effort.latency), "us", 250, "added_p50_us"))
    if "paced" in only:
        p50, p99 = bench.paced(*effort.paced)
        rows += [
            Row(f"added p50 at {RATE} requests/s", p50, "us"),
            Row(f"added p99 at {RATE} requests/s", p99, "us", None, "added_p99_us"),
        ]
    if "plain" in only:
        rows += _plain(bench, effort)
    if "money" in only:
        rows.append(Row("CPU that money adds to a chat completion", mean(bench.money(*effort.money)), "us", 10))
    if "cached" in only:
        rows.append(Row("CPU of a cache hit / of an upstream call", median(bench.cached(*effort.cached)), "", 0.7))
    if "refuse" in only:
        known, malformed = bench.refuse(*effort.refuse, unknown)
        rows += [
            Row("CPU of an unknown key / of serving", known, "", 0.6, "bad_key_ratio"),
            Row("CPU of a malformed key / of serving", malformed, "", 0.6),
        ]
    if "stream" in only:
        rows += _streams(bench, effort)
    if "translated" in only:
        rows += _translated(bench, effort)
    if "held" in only:
        rows.append(Row("resident per silent open stream", bench.held(*effort.held) / 1024, "KiB", 30, "stream_kb"))
    return rows


def _plain(bench: Bench, effort: Effort) -> list[Row]:
    nginx, gateway = bench.plain(*effort.plain)
    ratios = [ours.cpu_us / theirs.cpu_us for ours, theirs in zip(gateway, nginx, strict=True)]
    return [
        Row("CPU per chat completion, nginx", median(block.cpu_us for block in nginx), "us"),
        Row("CPU per chat completion, gateway", median(block.cpu_us for block in gateway), "us"),
        Row("requests/s on one core, gateway", median(block.per_second for block in gateway), "1/s"),
        Row("chat completion / nginx", median(ratios), "", 6.5, "chat_ratio"),
    ]


def _streams(bench: Bench, effort: Effort) -> list[Row]:
    pairs = bench.streams(*effort.streams)
    ratio = median(gateway.event_us / nginx.event_us for nginx, gateway in pairs)
    return [
        Row("CPU per event, nginx", median(nginx.event_us for nginx, _ in pairs), "us"),
        Row("CPU per event, gateway", median(gateway.event_us for _, gateway in pairs), "us"),
        Row("CPU per stream without its events, nginx", median(nginx.stream_us for nginx, _ in pairs), "us"),
        Row("CPU per stream without its events, gateway", median(gateway.stream_us for _, gateway in pairs), "us"),
        Row("event / nginx", ratio, "", 1.6, "event_ratio"),
    ]


def _translated(bench: Bench, effort: Effort) -> list[Row]:
    found = bench.translated(*effort.streams)
    rows = [Row("CPU per event, passed through", median(mock.event_us for mock, _, _ in found), "us")]
    for at, name in ((1, "Claude"), (2, "Gemini")):
        ratio = median(lines[at].event_us / lines[0].event_us for lines in found)
        rows += [
            Row(f"CPU per event of {name}'s", median(lines[at].event_us for lines in found), "us"),
            Row(f"event of {name}'s / passed through", ratio, "", 2.5, f"{name.lower()}_ratio"),
            Row(f"CPU per stream of {name}'s without its events", median(lines[at].stream_us for lines in found), "us"),
        ]
    return rows


def report(rows: list[Row], bench: Bench) -> str:
    """A Markdown table; the last line is for programs."""
    table: list[tuple[str, ...]] = [("measured", "value", "unit", "bar", "name"), *(row.cells() for row in rows)]
    width = [max(len(line[column]) for line in table) for column in range(5)]
    table.insert(1, ("-" * width[0], "-" * (width[1] - 1) + ":", *("-" * size for size in width[2:])))
    lines = [
        "| " + " | ".join(cell.rjust(size) if at == 1 else cell.ljust(size) for at, (cell, size) in cells) + " |"
        for cells in (enumerate(zip(line, width, strict=True)) for line in table)
    ]
    setting = (
        f"Measured: {bench.gateway.name} ({len(bench.gateway.pids())} process) on core 0; mock and load on core 1. "
        f"Chat: {CONNECTIONS} keep-alive connections. Streams: {STREAMS} at once, {SPACING_MS} ms between events."
    )
    values = {row.name: row.value for row in rows}
    last = " ".join(f"{name}={values[name]:.2f}" for name in LAST_LINE if name in values)
    return "\n".join([setting, "", *lines, "", last])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about 100 seconds, for a first look")
    parser.add_argument("--only", action="append", choices=MEASURES, help="measure this only; repeatable")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a bar is missed")
    parser.add_argument("--target-cmd", help="measure another proxy: a command with {port} and {upstream}")
    parser.add_argument("--target-key", default="sk-target", help="the key to send it")
    return parser.parse_args()


def run(options: argparse.Namespace) -> list[Row]:
    require(("nginx", "nginx-light"), ("wrk", "wrk"), ("taskset", "util-linux"))
    only = set(options.only or MEASURES)
    before = machine()
    if os.getloadavg()[0] > BUSY:
        print("bench: others use this machine: figures, and ratios too, will be off", file=sys.stderr)
    with Rig() as rig, pinned(LOAD_CORE):
        mock = rig.mock()
        nginx = rig.nginx(mock)
        unknown = options.target_key
        if options.target_cmd:
            gateway = rig.target(options.target_cmd, mock)
            gateway.key = options.target_key
            only -= {"refuse", "money", "cached", "translated"}
            pair = caching = None
        else:
            gateway = rig.gateway(mock)
            gateway.key = rig.key("gateway", "--alias=bench", *UNLIMITED)
            pair = partial(rig.pair, mock)
            caching = rig.gateway(mock, name="caching", cache=True) if "cached" in only else None
            if caching is not None:
                caching.key = rig.key("caching", "--alias=bench", *UNLIMITED)
            rig.config("elsewhere", free_port(), mock)
            unknown = rig.key("elsewhere", "--alias=stranger")
        bench = Bench(gateway, nginx, mock, pair, caching)
        rows = measure(bench, QUICK if options.quick else FULL, only, unknown)
        table = report(rows, bench)
    if not options.quick and not options.only and not options.target_cmd:
        keep(table, before)
    print("\n".join([*before, ""]), table, sep="\n", flush=True)
    return rows


def keep(table: str, setting: list[str]) -> None:
    now = datetime.now(UTC)
    file = HERE / "results" / f"{now:%Y-%m-%d}.md"
    file.parent.mkdir(exist_ok=True)
    lines = [f"# Benchmark of {now:%Y-%m-%d %H:%M} UTC", "", *(f"- {line}" for line in setting), "", table, ""]
    file.write_text("\n".join(lines))


def main() -> int:
    options = arguments()
    try:
        rows = run(options)
    except RigError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    missed = [row for row in rows if row.missed]
    for row in missed:
        print(f"bench: missed: {row.what}: {row.value:.2f} {row.unit}, bar {row.bar:g}", file=sys.stderr)
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
