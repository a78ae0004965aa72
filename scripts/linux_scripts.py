#!/usr/bin/env python3
"""Runs the scripts of tests/scripts on the kernel of this machine, under a packetdrill that is as its authors have it.

packetdrill is not part of this project; it is built from github.com/google/packetdrill. With the path of one, as root:

    scripts/linux_scripts.py ../packetdrill/gtests/net/packetdrill/packetdrill

Every script runs that is not marked `// Handfast only:`, each in a network namespace of its own that goes with it, with
the sysctls that scripts count on. Time is real here, so what waits for longer than --limit is left out and counted. A
script that fails among others is run again alone, up to three times, as a busy machine may have been late.

It ends with 0 where every script passed that ran, 1 where one did not, 2 for a command line that makes no sense or a
program that is not there, and 3 without root.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "tests" / "scripts"

# The host that scripts are written for: that of packetdrill's own scripts (src/script/linux_profile.cc). The timeouts
# of a SYN double from the first one on.
SYSCTLS = {
    "net.ipv4.tcp_congestion_control": "cubic",
    "net.ipv4.tcp_dsack": "1",
    "net.ipv4.tcp_early_retrans": "4",
    "net.ipv4.tcp_ecn": "0",
    "net.ipv4.tcp_ecn_option": "2",
    "net.ipv4.tcp_fack": "0",
    "net.ipv4.tcp_fastopen": "0x70403",
    "net.ipv4.tcp_fastopen_key": "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4",
    "net.ipv4.tcp_frto": "2",
    "net.ipv4.tcp_notsent_lowat": "4294967295",
    "net.ipv4.tcp_pacing_ca_ratio": "120",
    "net.ipv4.tcp_pacing_ss_ratio": "200",
    "net.ipv4.tcp_recovery": "1",
    "net.ipv4.tcp_reordering": "3",
    "net.ipv4.tcp_rmem": "4096 540000 15728640",
    "net.ipv4.tcp_sack": "1",
    "net.ipv4.tcp_slow_start_after_idle": "0",
    "net.ipv4.tcp_syn_linear_timeouts": "0",
    "net.ipv4.tcp_syn_retries": "5",
    "net.ipv4.tcp_synack_retries": "5",
    "net.ipv4.tcp_syncookies": "1",
    "net.ipv4.tcp_timestamps": "1",
    "net.ipv4.tcp_tso_win_divisor": "3",
    "net.ipv4.tcp_wmem": "4096 262144 4194304",
}

# Where a namespace may not have cubic, since the machine neither has it for a default nor allows it to everybody.
INSTEAD = {"net.ipv4.tcp_congestion_control": "reno"}

IPV4 = (
    "--ip_version=ipv4",
    "--local_ip=192.168.0.1",
    "--gateway_ip=192.168.0.1",
    "--netmask_ip=255.255.0.0",
    "--remote_ip=192.0.2.1",
    "-DTFO_COOKIE=3021b9d889017eeb",
    "-DTFO_COOKIE_ZERO=b7c12350a90dc8f5",
    "-DCMSG_LEVEL_IP=SOL_IP",
    "-DCMSG_TYPE_RECVERR=IP_RECVERR",
)
IPV6 = (
    "--ip_version=ipv6",
    "--mtu=1520",
    "--local_ip=fd3d:0a0b:17d6::1",
    "--gateway_ip=fd3d:0a0b:17d6:8888::1",
    "--remote_ip=fd3d:fa7b:d17d::1",
    "-DCMSG_LEVEL_IP=SOL_IPV6",
    "-DCMSG_TYPE_RECVERR=IPV6_RECVERR",
)

# Seconds on top of --limit for what is not the script's time: the programs that start.
GRACE = 10

# How often a script that failed among others is tried again alone.
TRIES = 3

# The first are called here, the others by packetdrill: without ifconfig it leaves the MTU as it is and says nothing.
PROGRAMS = ("unshare", "ip", "sysctl", "ifconfig")

MARK = re.compile(r"^\s*// Handfast only: ", re.MULTILINE)
# `1.5`, `+.2`, `+.2~+.25` and `+0...0.3`, each in front of what happens then.
MOMENT = re.compile(r"^\s*(\+?)(\d+\.?\d*|\.\d+)(?:~\+?(\d+\.?\d*|\.\d+)|\.\.\.(\d+\.?\d*|\.\d+))?\s", re.MULTILINE)


# "unset": the first line of the script sets what this kernel does not have.
VERDICTS = ("passed", "failed", "too long", "unset")


@dataclass
class Outcome:
    script: str
    verdict: str  # one of VERDICTS
    seconds: float
    message: str = ""
    alone: bool = False  # it passed only when nothing else ran


def marked(text):
    return MARK.search(text) is not None


def flags_of(text):
    return IPV6 if re.search(r"^--ip_version=ipv6\s*$", text, re.MULTILINE) else IPV4


def seconds_of(text):
    """How long a script takes at least, by the times in it; a wait without a time counts as none."""
    now, latest = 0.0, 0.0
    for plus, start, until, back in MOMENT.findall(text):
        now = (now if plus else 0.0) + float(until or start)
        # A call that begins at `start` comes back by `back`, which is counted as `start` is.
        latest = max(latest, now, now - float(start) + float(back) if back else 0.0)
    return latest


def chosen(names, only):
    """The scripts among `names`, as FOLDER/NAME, that one of `only` asks for: a folder, a script, or with .pkt."""
    if not only:
        return list(names)
    asked = [part.strip("/").removesuffix(".pkt") for part in only]
    return [name for name in names if any(f"{name.removesuffix('.pkt')}/".startswith(f"{part}/") for part in asked)]


def in_namespace(sysctls):
    """The shell that makes a new namespace the host that scripts expect, and becomes the command behind it."""
    set_them = ["sysctl", "-q", "-w", *(f"{name}={value}" for name, value in sysctls.items())]
    quoted = " ".join(f"'{word}'" for word in set_them)
    return ["unshare", "--net", "sh", "-c", f'ip link set lo up && {quoted} && exec "$@"', "sh"]


def refused(sysctls):
    """The names of those that a new namespace of this kernel does not take."""
    program = 'for word; do sysctl -q -w "$word" 2>/dev/null || echo "${word%%=*}"; done'
    command = ["unshare", "--net", "sh", "-c", program, "sh", *(f"{name}={value}" for name, value in sysctls.items())]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise OSError(run.stderr.strip() or "unshare --net failed")
    return run.stdout.split()


def settle(refusing=refused):
    """SYSCTLS as far as this kernel takes them, and a note for each that it does not."""
    sysctls, notes = dict(SYSCTLS), []
    for name in refusing(SYSCTLS):
        instead = INSTEAD.get(name)
        if instead and not refusing({name: instead}):
            notes.append(f"{name} is {instead}: namespaces of this machine may not have {sysctls[name]}")
            sysctls[name] = instead
        else:
            notes.append(f"{name} is left as it is: this kernel does not take {sysctls.pop(name)}")
    return sysctls, notes


class Runner:
    """Runs scripts, and knows what runs, so that an interrupt leaves nothing behind."""

    def __init__(self, packetdrill, sysctls, limit):
        self.start = [*in_namespace(sysctls), str(packetdrill)]
        self.limit = limit
        self.lock = threading.Lock()
        self.running = set()
        self.stopped = False

    def run(self, name):
        path = SCRIPTS / name
        text = path.read_text(encoding="utf-8")
        if seconds_of(text) > self.limit:
            return Outcome(name, "too long", 0.0)
        begun = time.monotonic()
        with self.lock:
            if self.stopped:
                return Outcome(name, "failed", 0.0, "interrupted")
            process = subprocess.Popen(
                [*self.start, *flags_of(text), path.name],
                cwd=path.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self.running.add(process)
        try:
            said, _ = process.communicate(timeout=self.limit + GRACE)
        except subprocess.TimeoutExpired:
            end(process)
            said = process.communicate()[0] + f"{path.name}: not over after {self.limit + GRACE:g} s\n"
        finally:
            with self.lock:
                self.running.discard(process)
        passed = process.returncode == 0
        message = "" if passed else said.strip() or f"packetdrill ended with {process.returncode}"
        verdict = "passed" if passed else "unset" if "error executing init command" in message else "failed"
        return Outcome(name, verdict, round(time.monotonic() - begun, 2), message)

    def stop(self):
        with self.lock:
            self.stopped = True
            for process in self.running:
                end(process)


def end(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run_all(runner, names, jobs, progress, tries=TRIES):
    """The outcomes, in the order of `names`. What fails side by side is tried again alone."""
    longest_first = sorted(names, key=lambda name: -seconds_of((SCRIPTS / name).read_text(encoding="utf-8")))
    outcomes = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(runner.run, name) for name in longest_first]
        try:
            for future in concurrent.futures.as_completed(futures):
                outcome = future.result()
                outcomes[outcome.script] = outcome
                progress(outcomes)
        except KeyboardInterrupt:
            runner.stop()
            raise
    again = [name for name in names if outcomes[name].verdict == "failed"]
    if again and tries:
        print(f"\n{len(again)} of them again, one at a time", file=sys.stderr)
    for name in again:
        for _ in range(tries):
            outcomes[name] = runner.run(name)
            if outcomes[name].verdict == "passed":
                outcomes[name].alone = True
                progress(outcomes)
                break
    return [outcomes[name] for name in names]


def counts(outcomes):
    verdicts = [outcome.verdict for outcome in outcomes]
    return {verdict: verdicts.count(verdict) for verdict in VERDICTS}


def shower(total):
    """What shows on stderr how far it is: one line that is written over, or on no terminal one every 50 scripts."""
    terminal = sys.stderr.isatty()
    said = 0

    def show(outcomes):
        nonlocal said
        due = len(outcomes) > said and (len(outcomes) % 50 == 0 or len(outcomes) == total)
        if terminal or due:
            said = len(outcomes)
            count = counts(outcomes.values())
            line = f"{len(outcomes)} of {total} scripts over, {count['failed']} failed"
            print(f"\r{line} " if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)

    return show


def report(outcomes, looked_at):
    """The lines for people: each script that failed with packetdrill's words, then the figures."""
    for outcome in outcomes:
        if outcome.verdict == "failed":
            yield f"FAILED: {outcome.script} ({outcome.seconds:g} s)"
            yield from (f"    {line}" for line in outcome.message.splitlines() if line.strip())
    count = counts(outcomes)
    too_long = [outcome.script for outcome in outcomes if outcome.verdict == "too long"]
    alone = [outcome.script for outcome in outcomes if outcome.alone]
    unset = [outcome.script for outcome in outcomes if outcome.verdict == "unset"]
    if unset:
        yield f"left out, as this kernel does not have what they set: {', '.join(unset)}"
    if too_long:
        yield f"left out, as they take too long: {', '.join(too_long)}"
    if alone:
        yield f"passed only when run alone: {', '.join(alone)}"
    yield (
        f"Linux {os.uname().release}: {count['passed']} of {count['passed'] + count['failed']} scripts passed, "
        f"{count['failed']} failed; {count['too long']} take too long, "
        f"{count['unset']} set what this kernel does not have; {looked_at}"
    )


def arguments_of(words):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("packetdrill", type=pathlib.Path, help="the program, as built from google/packetdrill")
    add("--only", metavar="FOLDER[/NAME]", action="append", default=[], help="a folder or a script; may be repeated")
    add("--limit", type=float, default=30, metavar="SECONDS", help="leave out what takes longer (%(default)g)")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="how many run side by side (%(default)s)")
    add("--marked", action="store_true", help="run the marked ones instead, to see which need no mark")
    add("--json", action="store_true", help="print one JSON object for each script; the figures go to stderr")
    arguments = parser.parse_args(words)
    if arguments.jobs < 1:
        parser.error("--jobs: at least 1")
    if arguments.limit <= 0:
        parser.error("--limit: more than 0")
    if not arguments.packetdrill.is_file() or not os.access(arguments.packetdrill, os.X_OK):
        parser.error(f"{arguments.packetdrill} is not a program")
    return parser, arguments


def main():
    parser, arguments = arguments_of(sys.argv[1:])
    paths = sorted(SCRIPTS.rglob("*.pkt"))
    texts = {str(path.relative_to(SCRIPTS)): path.read_text(encoding="utf-8") for path in paths}
    asked = chosen(texts, arguments.only)
    names = [name for name in asked if marked(texts[name]) == arguments.marked]
    if not names:
        kind = "marked" if arguments.marked else "not marked"
        parser.error(f"no script that is {kind} is called that: {' '.join(arguments.only)}")
    if os.geteuid() != 0:
        print("linux_scripts.py: root is needed, for network namespaces and a tun device", file=sys.stderr)
        sys.exit(3)
    for program in PROGRAMS:
        if shutil.which(program) is None:
            parser.error(f"{program} is not installed")
    if not os.path.exists("/dev/net/tun"):
        parser.error("/dev/net/tun is not there")
    try:
        sysctls, notes = settle()
    except OSError as error:
        parser.error(f"no network namespace can be made: {error}")
    for note in notes:
        print(note, file=sys.stderr)
    # The default queue of a device is the machine's, also in a namespace, and fq paces what it sends.
    queue = pathlib.Path("/proc/sys/net/core/default_qdisc").read_text(encoding="utf-8").strip()
    if queue == "fq":
        print("net.core.default_qdisc is fq, which spreads segments over time: scripts may fail", file=sys.stderr)

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    runner = Runner(arguments.packetdrill.resolve(), sysctls, arguments.limit)
    try:
        # What is marked is expected to fail.
        tries = 0 if arguments.marked else TRIES
        outcomes = run_all(runner, names, arguments.jobs, shower(len(names)), tries)
    except KeyboardInterrupt:
        runner.stop()
        sys.exit(130)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    left = len(asked) - len(names)
    lines = list(report(outcomes, f"{left} {'not marked' if arguments.marked else 'marked Handfast only'}"))
    if arguments.json:
        for outcome in outcomes:
            print(json.dumps(asdict(outcome)))
        lines = lines[-1:]
    print("\n".join(lines), file=sys.stderr if arguments.json else sys.stdout)
    if arguments.marked:
        unneeded = [outcome.script for outcome in outcomes if outcome.verdict == "passed"]
        if unneeded:
            print(f"marked, and pass: {', '.join(unneeded)}", file=sys.stderr)
        sys.exit(1 if unneeded else 0)
    sys.exit(1 if counts(outcomes)["failed"] else 0)


if __name__ == "__main__":
    main()
