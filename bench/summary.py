#!/usr/bin/env python3
"""Runs the benchmarks of Handfast and of the Linux kernel's loopback in turn and prints one beside the other.

Usage: bench/summary.py [--build DIR] [--repetitions N] [--min-time SECONDS] [--json FILE]

In each repetition every case of Handfast runs directly before the kernel's, so that what else happens on the machine
hits both; the table shows medians, and behind them the spread of the ratio from its lowest to its highest repetition.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HANDFAST = "handfast_bench"
KERNEL = "kernel_loopback_bench"


@dataclass(frozen=True)
class Case:
    """One line of a table: the same work by both, or by Handfast alone."""

    title: str
    unit: str
    counter: str
    handfast: str
    kernel: str = ""
    scale: float = 1.0


RATES = [
    Case("connections, one at a time", "k/s", "items_per_second", "connections/at_once:1", "kernel_connections/at_once:1",
         scale=1e-3),
    Case("connections, 64 at a time", "k/s", "items_per_second", "connections/at_once:64",
         "kernel_connections/at_once:64", scale=1e-3),
    Case("64-byte request and reply, 1 connection", "k/s", "items_per_second", "request_response/connections:1",
         "kernel_request_response/connections:1", scale=1e-3),
    Case("64-byte request and reply, 64 connections", "k/s", "items_per_second", "request_response/connections:64",
         "kernel_request_response/connections:64", scale=1e-3),
    Case("64-byte request and reply, 1,000 connections", "k/s", "items_per_second", "request_response/connections:1000",
         "kernel_request_response/connections:1000", scale=1e-3),
    Case("bulk, MSS 1460, copied in and out | GSO off", "Gbit/s", "gbit", "bulk/super_segments:0/slices:0",
         "kernel_bulk/offload:0/mtu:1500"),
    Case("bulk, MSS 1460, owned slices | GSO off", "Gbit/s", "gbit", "bulk/super_segments:0/slices:1",
         "kernel_bulk/offload:0/mtu:1500"),
    Case("bulk, super-segments, copied in and out | GSO", "Gbit/s", "gbit", "bulk/super_segments:1/slices:0",
         "kernel_bulk/offload:1/mtu:1500"),
    Case("bulk, super-segments, owned slices | MTU 65536", "Gbit/s", "gbit", "bulk/super_segments:1/slices:1",
         "kernel_bulk/offload:1/mtu:65536"),
]
COUNTS = ("1000", "100000", "1000000")
IDLE = [Case("handshake", "ns", "ns_each", f"handshake_beside/connections:{count}/manual_time") for count in COUNTS]
HALF_OPEN = [Case("half-open", "bytes", "bytes", f"half_open/connections:{count}/iterations:1") for count in COUNTS]
FEATURES = ("plain", "timestamps", "sack", "newreno", "cubic", "bbr", "ecn", "accurate_ecn", "path_mtu_probing",
            "keep_alive", "the_default")
KERNEL_IDLE = "kernel_idle_memory/connections:9000/iterations:1"


def median(values):
    return statistics.median(values) if values else None


class Runner:
    def __init__(self, build, min_time):
        self.build = build
        self.min_time = min_time
        self.share = []  # CPU time over wall time of each run
        self.where = {}

    def run(self, program, name):
        """The result of one benchmark: its counters, or nothing where it could not run."""
        command = [str(self.build / program), f"--benchmark_filter=^{name}$", "--benchmark_format=json",
                   f"--benchmark_min_time={self.min_time}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"summary: {' '.join(command)} failed:\n{done.stderr}")
        report = json.loads(done.stdout)
        self.where[program] = report["context"].get("measured", "")
        for result in report["benchmarks"]:
            if result.get("error_occurred"):
                print(f"  not measured: {name}: {result['error_message']}", file=sys.stderr)
                return None
            if not name.endswith("manual_time") and result["real_time"] > 0:
                self.share.append(result["cpu_time"] / result["real_time"])
            return result
        sys.exit(f"summary: {program} knows no benchmark {name}")


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def measure_rates(runner, repetitions):
    """Pairs of figures of each case, one pair a repetition."""
    pairs = {case: [] for case in RATES}
    for repetition in range(repetitions):
        print(f"  repetition {repetition + 1} of {repetitions}", file=sys.stderr)
        for case in RATES:
            own = runner.run(HANDFAST, case.handfast)
            kernel = runner.run(KERNEL, case.kernel)
            pairs[case].append((own[case.counter] * case.scale, kernel and kernel[case.counter] * case.scale))
    return pairs


def print_rates(pairs):
    print(f"{'per second of one core':<48} {'unit':>7} {'Handfast':>9} {'kernel':>9} {'ratio':>6}  spread")
    rows = []
    for case, values in pairs.items():
        own = median([pair[0] for pair in values])
        kernel = median([pair[1] for pair in values if pair[1]])
        ratios = [pair[0] / pair[1] for pair in values if pair[1]]
        ratio = f"{median(ratios):.1f}" if ratios else "-"
        spread = f"{min(ratios):.1f} to {max(ratios):.1f}" if ratios else ""
        print(f"{case.title:<48} {case.unit:>7} {number(own):>9} {number(kernel):>9} {ratio:>6}  {spread}")
        rows.append({"case": case.title, "unit": case.unit, "handfast": own, "kernel": kernel, "ratio": median(ratios)})
    return rows


def measure_idle(runner, repetitions):
    print("  idle and half-open connections", file=sys.stderr)
    beside = {case: [runner.run(HANDFAST, case.handfast) for _ in range(repetitions)]
              for case in IDLE}
    half = {case: runner.run(HANDFAST, case.handfast) for case in HALF_OPEN}
    kernel = runner.run(KERNEL, KERNEL_IDLE)
    return beside, half, kernel


def print_idle(beside, half, kernel):
    print(f"\n{'beside so many connections':<48} {'unit':>7} " + " ".join(f"{int(count):>9,}" for count in COUNTS))
    rows = []

    def row(title, unit, values):
        print(f"{title:<48} {unit:>7} " + " ".join(f"{number(value):>9}" for value in values))
        rows.append({"case": title, "unit": unit, "values": values})

    def idle(counter):
        return [median([result[counter] for result in results]) for results in beside.values()]

    handshake = idle("ns_each")
    row("one handshake, both ends", "ns", handshake)
    row("  as a multiple of the first", "", [value / handshake[0] for value in handshake])
    row("idle connection, opening end, charged", "bytes", idle("opener_bytes"))
    row("idle connection, accepting end, charged", "bytes", idle("acceptor_bytes"))
    row("idle connection, mean of both, allocated", "bytes", idle("allocated_bytes"))
    row("half-open connection, charged", "bytes", [result["bytes"] for result in half.values()])
    row("half-open connection, allocated", "bytes", [result["allocated_bytes"] for result in half.values()])
    if kernel:
        title = "kernel: idle connection, an end (9,000 open)"
        print(f"{title:<48} {'bytes':>7} {number(kernel['bytes']):>9}")
        rows.append({"case": title, "unit": "bytes", "values": [kernel["bytes"]]})
    return rows


def measure_features(runner, repetitions):
    """Nanoseconds a segment of each feature, one a repetition, taken in turn."""
    found = {name: [] for name in FEATURES}
    print("  features", file=sys.stderr)
    for _ in range(repetitions):
        for name in FEATURES:
            found[name].append(runner.run(HANDFAST, f"segment/{name}")["ns_each"])
    return found


def print_features(found):
    """What each adds to a Host that has none of them: the median of the differences within a repetition."""
    print(f"\n{'a segment of 1460 bytes, both ends and the wire':<48} {'unit':>7} {'in all':>9} {'more':>9}  spread")
    rows = []
    for name, values in found.items():
        more = [value - bare for value, bare in zip(values, found["plain"])]
        spread = f"{min(more):+.0f} to {max(more):+.0f}" if name != "plain" else ""
        print(f"{name:<48} {'ns':>7} {number(median(values)):>9} {median(more):>+9.0f}  {spread}")
        rows.append({"case": name, "unit": "ns", "values": values})
    return rows


def main():
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=root / "build/release/bench", help="where the programs are")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--min-time", type=float, default=0.3, help="seconds for each benchmark")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()

    runner = Runner(options.build, options.min_time)
    pairs = measure_rates(runner, options.repetitions)
    idle = measure_idle(runner, min(3, options.repetitions))
    features = measure_features(runner, options.repetitions)
    kernel = os.uname()
    print(f"{kernel.sysname} {kernel.release}, {os.cpu_count()} cores, medians of {options.repetitions} repetitions")
    print(f"Handfast: {runner.where[HANDFAST]}")
    print(f"kernel: {runner.where[KERNEL]}\n")
    rows = print_rates(pairs) + print_idle(*idle) + print_features(features)
    print(f"\nThe runs had {100 * median(runner.share):.0f} % of their core (median); rates are by CPU time. Again: make bench")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
