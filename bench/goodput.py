#!/usr/bin/env python3
"""Handfast beside the TCP of the Linux kernel as the sender of a bulk transfer over the same emulated paths.

Each run is a process of build/release/bench/goodput_path with network namespaces of its own, which go with it. The same
seeds for both senders, so the n-th packet of text meets the same fate and each seed gives a pair: the ratio of a cell is
the median of the ratios of its pairs. Where losses come in bursts, a burst that takes a whole flight costs seconds and one
that misses its last packet costs nothing, so that single runs differ tenfold, and such cells have more seeds.
"""

import argparse
import csv
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BUILD = Path(__file__).resolve().parent.parent / "build" / "release"
SENDERS = ("handfast", "linux", "virtual")
# By round trip: several dozens of them at least.
MILLISECONDS = {1: 3000, 20: 5000, 100: 10000}


def cells(algorithms):
    said = subprocess.run(
        [BUILD / "tools/handfast/handfast", "goodput", "--cells", "compared", "--list", "--congestion", algorithms],
        capture_output=True, text=True, check=True,
    )
    return [dict(row) for row in csv.DictReader(said.stdout.splitlines())]


def name_of(cell):
    return "{cc:<8} {rtt:>3} {queue:>5} {loss:>5} {kind:<6}".format(
        cc=cell["cc"], rtt=cell["rtt_ms"], queue=f"{int(cell['queue_percent_of_bdp']) / 100:g}",
        loss=f"{int(cell['loss_per_million']) / 10000:g}", kind=cell["loss_kind"],
    )


def seeds_of(cell, asked):
    """1, 2, ... as many as the cell needs."""
    if asked.repetitions:
        count = asked.repetitions
    elif cell["loss_kind"] == "burst":
        count = 15 if asked.quick else 25
    else:
        count = 3 if asked.quick else 5
    return range(1, count + 1)


class Stopped(Exception):
    pass


class Room:
    """Many slow runs at once, or a few fast ones: a machine that is behind makes every path longer."""

    def __init__(self, mbits):
        self.left = self.whole = mbits
        self.changed = threading.Condition()

    def take(self, mbits):
        mbits = min(mbits, self.whole)
        with self.changed:
            self.changed.wait_for(lambda: self.left >= mbits)
            self.left -= mbits
        return mbits

    def give(self, mbits):
        with self.changed:
            self.left += mbits
            self.changed.notify_all()


def run_one(cell, sender, seed, rate, deadline):
    """kbit/s and what the sender said, or None where there is no time left."""
    if time.monotonic() > deadline:
        return None
    rtt = int(cell["rtt_ms"])
    command = [
        BUILD / "bench/goodput_path", f"sender={sender}", f"cc={cell['cc']}", f"rtt_us={rtt * 1000}",
        f"queue={cell['queue_percent_of_bdp']}", f"loss={cell['loss_per_million']}", f"rate={rate}",
        f"bursts={int(cell['loss_kind'] == 'burst')}", f"ms={MILLISECONDS[rtt]}", f"seed={seed}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode == 77:
        raise Stopped(f"skipped: {done.stderr.strip()}")
    if done.returncode != 0:
        raise Stopped(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()}")
    figure, _, words = done.stdout.strip().partition(" ")
    return int(figure), words


def run_all(cell, seed, rate, deadline, room):
    """What all senders achieve, by sender; or None. The virtual run tells how much work the others will be."""
    done = {"virtual": run_one(cell, "virtual", seed, rate, deadline)}
    if done["virtual"] is None:
        return None
    for sender in SENDERS[:2]:
        taken = room.take(5 + done["virtual"][0] / 1000)
        try:
            done[sender] = run_one(cell, sender, seed, rate, deadline)
        finally:
            room.give(taken)
    return None if None in done.values() else done


def medians(jobs):
    """By sender: the median, the lowest, the highest, and what the last run said."""
    done = [one for one in (job.result() for job in jobs) if one is not None]
    if len(done) < len(jobs):
        return None
    found = {}
    for sender in SENDERS:
        figures = [one[sender][0] for one in done]
        found[sender] = {"median": int(statistics.median(figures)), "low": min(figures), "high": max(figures),
                         "figures": figures, "words": done[-1][sender][1]}
    return found


def ratio(found):
    """With the same seed the n-th packet meets the same fate for both, so the seeds are pairs: their median ratio."""
    pairs = zip(found["handfast"]["figures"], found["linux"]["figures"])
    return statistics.median(own / max(kernel, 1) for own, kernel in pairs)


def head(rate):
    print(f"goodput in kbit/s of text; bottleneck {rate} Mbit/s; medians over the seeds; the sink is Linux")
    print(f"Linux {platform.release()}; lengths " + ", ".join(f"{m / 1000:g} s at {r} ms" for r, m in MILLISECONDS.items()))
    print(f"{'':32}{'Handfast':>8} {'Linux':>8}  ratio   {'virtual':>8}  {'range of Handfast':>17} {'range of Linux':>17}"
          "  seeds  Linux says")
    print("cc       RTT queue     % kind")


def tell(cell, found):
    h, k, v = (found[sender] for sender in SENDERS)
    spans = [f"{one['low']}..{one['high']}" for one in (h, k)]
    print(f"{name_of(cell)}  {h['median']:>8} {k['median']:>8}  {ratio(found):5.2f}   {v['median']:>8}"
          f"  {spans[0]:>17} {spans[1]:>17}  {len(h['figures']):>5}  {k['words'].split()[0]}", flush=True)


def summary(results):
    by = {}
    for cell, found in results:
        by.setdefault(cell["cc"], []).append((ratio(found), cell))
    for algorithm, ratios in by.items():
        worst, where = min(ratios, key=lambda one: one[0])
        print(f"{algorithm}: median ratio {statistics.median(r for r, _ in ratios):.2f}, lowest {worst:.2f} "
              f"({' '.join(name_of(where).split())}), {sum(r < 0.95 for r, _ in ratios)} of {len(ratios)} below 0.95")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every third cell and fewer seeds: some 5 minutes")
    parser.add_argument("--repetitions", type=int,
                        help="seeds of each cell (default 5, 25 where losses come in bursts; with --quick 3 and 15)")
    parser.add_argument("--congestion", default="newreno,cubic", help="names, with commas between")
    parser.add_argument("--rate", type=int, default=100, help="Mbit/s of the bottleneck")
    parser.add_argument("--jobs", type=int, default=16, help="most runs at once")
    parser.add_argument("--room", type=float, default=300, help="Mbit/s of all runs together")
    parser.add_argument("--minutes", type=float, default=40, help="begin no run after this long")
    parser.add_argument("--only", help="only cells whose line contains this")
    parser.add_argument("--json", help="keep the figures in this file")
    return parser.parse_args()


def main():
    asked = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = cells(asked.congestion)
    if asked.quick:
        chosen = chosen[::3]
    if asked.only:
        chosen = [cell for cell in chosen if asked.only in " ".join(name_of(cell).split())]
    deadline = time.monotonic() + asked.minutes * 60
    head(asked.rate)
    results = []
    room = Room(asked.room)
    with ThreadPoolExecutor(asked.jobs) as pool:
        jobs = [(cell, [pool.submit(run_all, cell, seed, asked.rate, deadline, room)
                        for seed in seeds_of(cell, asked)]) for cell in chosen]
        try:
            for cell, of in jobs:
                found = medians(of)
                if found is None:
                    print("no time left: the rest is not measured")
                    break
                results.append((cell, found))
                tell(cell, found)
        except Stopped as stopped:
            pool.shutdown(cancel_futures=True)
            print(stopped, file=sys.stderr)
            return 77 if str(stopped).startswith("skipped") else 1
    summary(results)
    if asked.json:
        kept = {"linux": platform.release(), "cpus": os.cpu_count(), "rate_mbits": asked.rate,
                "cells": [{**cell, **found} for cell, found in results]}
        Path(asked.json).write_text(json.dumps(kept, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
