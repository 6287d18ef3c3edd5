"""Two checkouts of the gateway in one run, block by block in turn: what a change costs. `make bench-against REV=...`.

Both run on core 0, the mock and the load on core 1. Each row is the median of the ratios of neighbouring blocks, this
checkout over the other: 1.00 is no change, and the figures of one run can be believed to about 2 %.

    python -m loadtest.against DIRECTORY            a checkout that `make install` was run in
    python -m loadtest.against DIRECTORY --quick    about a minute
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from loadtest.measures import FULL, QUICK, Bench, Effort, drive
from loadtest.rig import LOAD_CORE, UNLIMITED, Rig, RigError, machine, pinned, require

WORSE = 1.03


@dataclass(frozen=True)
class Row:
    """One figure of both, and the median of the ratios of neighbours."""

    what: str
    unit: str
    other: float
    ours: float
    ratio: float


def measure(ours: Bench, other: Bench, effort: Effort) -> list[Row]:
    """`ours` has the other gateway where nginx is measured otherwise, and `other` is the other one by itself."""
    for service in (ours.nginx, ours.gateway):
        drive(service, service.key, 2)
    rss = [service.rss() / 1e6 for service in (ours.nginx, ours.gateway)]
    rounds, seconds = effort.plain
    theirs, blocks = ours.plain(rounds * 2, seconds)
    chat = _row("CPU per chat completion", "us", [b.cpu_us for b in theirs], [b.cpu_us for b in blocks])
    lines = list(ours.streams(*effort.streams))
    event = _row("CPU per event", "us", [one.event_us for one, _ in lines], [two.event_us for _, two in lines])
    stream = _row("CPU per stream", "us", [one.stream_us for one, _ in lines], [two.stream_us for _, two in lines])
    waits = [
        (other.latency(2, effort.latency[1]), ours.latency(2, effort.latency[1])) for _ in range(effort.latency[0])
    ]
    added = _row("added p50, one connection", "us", [one for one, _ in waits], [two for _, two in waits])
    return [Row("resident after a warm-up", "MB", rss[0], rss[1], rss[1] / rss[0]), chat, event, stream, added]


def _row(what: str, unit: str, other: list[float], ours: list[float]) -> Row:
    ratio = median(one / two for one, two in zip(ours, other, strict=True))
    return Row(what, unit, median(other), median(ours), ratio)


def run(checkout: Path, effort: Effort) -> list[Row]:
    require(("wrk", "wrk"), ("taskset", "util-linux"))
    with Rig() as rig, pinned(LOAD_CORE):
        mock = rig.mock()
        other = rig.gateway(mock, name="other", checkout=checkout)
        ours = rig.gateway(mock)
        for service, place in ((other, checkout), (ours, None)):
            service.key = rig.key(service.name, "--alias=bench", *UNLIMITED, checkout=place)
        return measure(Bench(ours, other, mock), Bench(other, ours, mock), effort)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path, help="the other checkout")
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--check", action="store_true", help=f"exit with 1 if a row is worse by more than {WORSE:.0%}")
    options = parser.parse_args()
    try:
        rows = run(options.checkout.resolve(), QUICK if options.quick else FULL)
    except RigError as error:
        print(f"against: {error}", file=sys.stderr)
        return 2
    print(*machine(), "", "| measured | other | this | this / other |", "| --- | ---: | ---: | ---: |", sep="\n")
    for row in rows:
        print(f"| {row.what}, {row.unit} | {row.other:.2f} | {row.ours:.2f} | {row.ratio:.3f} |")
    return 1 if options.check and any(row.ratio > WORSE for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
