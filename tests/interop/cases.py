#!/usr/bin/env python3
"""Handfast against the TCP of the Linux kernel, one case a run: cases.py CASE --handfast BINARY [--tap] [--ipv6].

Exit codes: 0 passed, 1 failed, 77 skipped with a reason.
"""

import argparse
import hashlib
import os
import random
import re
import struct
import sys
import time

import lab as labs
from lab import DEVICE, Failed, Lab, check, need
from peer import pattern

MEGA = 1 << 20
FAULTS = ["--loss", "3", "--reorder", "3"]


def make_file(path, size):
    """A file of noise that is the same in every run; returns its digest."""
    text = random.Random(size).randbytes(size)
    with open(path, "wb") as file:
        file.write(text)
    return hashlib.sha256(text).hexdigest()


def digest_of(path, skip_head=False):
    with open(path, "rb") as file:
        text = file.read()
    if skip_head:
        text = text.partition(b"\r\n\r\n")[2]
    return hashlib.sha256(text).hexdigest(), len(text)


def tell_speed(size, seconds):
    print(f"{size / MEGA:g} MiB in {seconds:.2f} s: {size * 8 / seconds / 1e6:.0f} Mbit/s")


def curl_from_serve(lab, size, extra=()):
    need("curl")
    os.mkdir(lab.path("files"))
    wanted = make_file(lab.path("files/big"), size)
    stack = lab.stack("serve", lab.path("files"), *extra, says="serving")
    begun = time.monotonic()
    lab.run(["curl", "-sS", "--fail", "--max-time", "300", "-o", lab.path("got"), lab.net.url("big")], seconds=310)
    tell_speed(size, time.monotonic() - begun)
    got, length = digest_of(lab.path("got"))
    check(got == wanted, f"curl got {length} bytes, and they are not those of the file")
    stack.stop()
    tell_stack(stack)


def tell_stack(stack):
    for line in stack.errors().splitlines():
        if any(word in line for word in ("segments", "dropped", "faults", "path MTU")):
            print(line)


NGINX = """
daemon off; master_process off; worker_processes 1; user root;
pid {0}/nginx.pid; error_log {0}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; fastcgi_temp_path {0}/t3; uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5;
  server {{ listen {1}:8080; root {0}/files; }}
}}
"""


def connect_to_nginx(lab, size, extra=()):
    need("nginx")
    os.mkdir(lab.path("files"))
    wanted = make_file(lab.path("files/big"), size)
    with open(lab.path("nginx.conf"), "w") as file:
        file.write(NGINX.format(lab.folder, lab.net.in_url(lab.net.kernel)))
    server = lab.start("nginx", ["nginx", "-p", lab.folder, "-c", lab.path("nginx.conf"), "-e", lab.path("error.log")])
    wait_until_listening(lab, server, 8080)
    # nginx takes an early end of the peer's text for a peer that has gone, so ours comes only when the file is here.
    reading, writing = os.pipe()
    stack = lab.stack("connect", lab.net.kernel, "8080", *extra, stdin=reading, says="connected:")
    os.close(reading)
    begun = time.monotonic()
    os.write(writing, b"GET /big HTTP/1.0\r\n\r\n")
    wait_for_size(stack.out_path, size, stack)
    tell_speed(size, time.monotonic() - begun)
    os.close(writing)
    stack.join(60)
    got, length = digest_of(stack.out_path, skip_head=True)
    check(got == wanted, f"nginx's file came as {length} bytes, and they are not those of the file")
    tell_stack(stack)


def wait_for_size(path, size, stack):
    """Waits until a file with a head before it has grown to `size`, or the program has ended."""
    while stack.process.poll() is None:
        with open(path, "rb") as file:
            head = file.read(4096).find(b"\r\n\r\n")
        if head >= 0 and os.path.getsize(path) >= head + 4 + size:
            return
        time.sleep(0.01)


def wait_until_listening(lab, program, port):
    end = time.monotonic() + 20
    while f":{port} " not in lab.run(["ss", "-Hltn"]).stdout:
        check(program.process.poll() is None, f"{program.title} ended: {program.errors()}")
        check(time.monotonic() < end, f"{program.title} does not listen")
        time.sleep(0.02)


def serve_64(lab):
    curl_from_serve(lab, 64 * MEGA)


def serve_offload(lab):
    """Super-segments, which the kernel cuts, and checksums that it makes."""
    curl_from_serve(lab, 64 * MEGA, ["--offload"])


def connect_offload(lab):
    """The kernel's super-segments, as it made them."""
    connect_to_nginx(lab, 64 * MEGA, ["--offload"])


def connect_64(lab):
    connect_to_nginx(lab, 64 * MEGA)


def serve_lossy(lab):
    curl_from_serve(lab, 4 * MEGA, FAULTS)


def connect_lossy(lab):
    connect_to_nginx(lab, 4 * MEGA, FAULTS)


def serve_lossy_64(lab):
    curl_from_serve(lab, 64 * MEGA, FAULTS)


def connect_lossy_64(lab):
    connect_to_nginx(lab, 64 * MEGA, FAULTS)


def thousand(lab):
    stack = lab.stack("listen", "7", "--echo", "--backlog", "1024", says="listening")
    begun = time.monotonic()
    peer = lab.peer("echo-many", lab.net.host, 7, 1000, 65536)
    peer.join(100)
    check("result: 1000 of 1000 whole\n" in peer.output(), peer.output())
    tell_speed(1000 * 65536, time.monotonic() - begun)
    stack.stop()
    tell_stack(stack)


def kernel_closes_first(lab):
    stack = lab.stack("listen", "7", "--echo", says="listening")
    peer = lab.peer("echo-half-closing", lab.net.host, 7, 3 * MEGA + 1)
    peer.join(60)
    check("result: as sent" in peer.output(), peer.output())
    stack.stop()
    check("echoed 3145729 bytes on 1 connections; 0 failed" in stack.errors(), stack.errors())


def host_closes_first(lab):
    with open(lab.path("request"), "wb") as file:
        file.write(pattern(MEGA, salt=5))
    peer = lab.peer("answer-after-end", 9000, 500_001, says="listening")
    stack = lab.stack("connect", lab.net.kernel, "9000", "--input", lab.path("request"), "--output", lab.path("got"))
    stack.join()
    peer.join()
    check("result: whole" in peer.output(), peer.output())
    with open(lab.path("got"), "rb") as file:
        got = file.read()
    check(got == struct.pack(">I", MEGA) + pattern(500_001), f"the answer came as {len(got)} bytes, or wrong ones")


def kernel_resets(lab):
    with open(lab.path("request"), "wb") as file:
        file.write(b"x")
    lab.peer("reset-at-once", 9000, says="listening")
    stack = lab.stack("connect", lab.net.kernel, "9000", "--input", lab.path("request"), "--output", lab.path("got"))
    stack.join(code=1)
    check("reset by the peer" in stack.errors(), stack.errors())


def host_aborts(lab):
    """A full disk at our end: the kernel has to learn by a reset that not everything arrived."""
    peer = lab.peer("send-until-reset", 9000, says="listening")
    stack = lab.stack("connect", lab.net.kernel, "9000", "--input", "/dev/null", "--output", "/dev/full")
    stack.join(code=3)
    peer.join()
    check("ConnectionResetError" in peer.output() or "BrokenPipeError" in peer.output(), peer.output())


def refused(lab):
    stack = lab.stack("connect", lab.net.kernel, "9999", "--input", "/dev/null")
    stack.join(20, code=1)
    check("connection refused" in stack.errors(), stack.errors())


def blackhole(lab):
    """From here on nothing that the kernel sends reaches the host: what the host sends stays unacknowledged."""
    lab.ip(lab.net.version, "route", "add", "blackhole", lab.net.host)


def blackholed(lab):
    blackhole(lab)
    stack = lab.stack("connect", lab.net.kernel, "9999", "--input", "/dev/null", "--timeout", "1.5s")
    stack.join(20, code=1)
    check("timed out" in stack.errors(), stack.errors())


def times_out_when_blackholed(lab, stack, peer, writing):
    """A stack with --timeout 2s and a peer that tells what it gets; `writing` leads to the stack's standard input."""
    os.write(writing, b"before")
    peer.wait_for("got: before")
    time.sleep(2.5)
    check(stack.process.poll() is None, f"a connection without text on its way timed out: {stack.errors()}")
    blackhole(lab)
    begun = time.monotonic()
    os.write(writing, b"after")
    peer.wait_for("got: after")
    # R2 is over on time, though the retransmission timer, which doubles from 0.2 s, would next expire at 3 s.
    stack.join(20, code=1)
    seconds = time.monotonic() - begun
    check("timed out" in stack.errors(), stack.errors())
    check("over: 11 bytes sent, 0 received" in stack.errors(), stack.errors())
    check(2 <= seconds < 10, f"the end came after {seconds:.1f} s")
    print(f"timed out after {seconds:.1f} s")


def blackholed_after_connect(lab):
    peer = lab.peer("tell-texts", 9000, says="listening")
    reading, writing = os.pipe()
    stack = lab.stack("connect", lab.net.kernel, "9000", "--timeout", "2s", stdin=reading, says="connected:")
    times_out_when_blackholed(lab, stack, peer, writing)


def blackholed_after_listen(lab):
    reading, writing = os.pipe()
    stack = lab.stack("listen", "7", "--timeout", "2s", stdin=reading, says="listening")
    peer = lab.peer("tell-texts-of", lab.net.host, 7)
    times_out_when_blackholed(lab, stack, peer, writing)


def blackholed_server(lab):
    """A server goes on: it tells of the connection that timed out, and a peer that comes later is served."""
    os.mkdir(lab.path("files"))
    make_file(lab.path("files/big"), 8 * MEGA)
    stack = lab.stack("serve", lab.path("files"), "--timeout", "2s", says="serving")
    peer = lab.peer("ask-and-read-nothing", lab.net.host, 80, "/big", says="asked")
    stack.wait_for("200 OK")
    blackhole(lab)
    stack.wait_for("timed out", seconds=20)
    lab.ip(lab.net.version, "route", "del", "blackhole", lab.net.host)
    again = lab.peer("ask-and-read-nothing", lab.net.host, 80, "/none", says="asked")
    stack.wait_for("404 Not Found")
    peer.kill()
    again.kill()
    stack.stop()


def urgent(lab):
    """Both ways: the kernel finds the last urgent byte where we put it, and we find the end of its urgent text."""
    with open(lab.path("request"), "wb") as file:
        file.write(b"stop")
    for port, inline, wanted in ((9000, 0, "p after sto"), (9001, 1, "sto, then p, mark 1")):
        peer = lab.peer("take-urgent", port, inline, says="listening")
        stack = lab.stack("connect", lab.net.kernel, str(port), "--urgent", "--input", lab.path("request"))
        peer.join()
        stack.join()
        check(f"result: {wanted}" in peer.output(), peer.output())
    lab.peer("send-urgent", 9002, says="listening")
    stack = lab.stack("connect", lab.net.kernel, "9002", "--input", "/dev/null")
    stack.join()
    check(stack.output() == "one two! three", stack.output())
    check("urgent: " in stack.errors(), stack.errors())


def ping(lab):
    lab.stack("listen", "7", "--echo", says="listening")
    for size in ("56", "0", str(1500 - 8 - (40 if lab.net.ipv6 else 20))):
        peer = lab.peer("ping", lab.net.host, size)
        peer.join(40)
        check("result: 3 replies" in peer.output(), peer.output())


def http(lab):
    os.mkdir(lab.path("files"))
    with open(lab.path("files/small"), "w") as file:
        file.write("0123456789")
    os.symlink("/etc/passwd", lab.path("files/out"))
    stack = lab.stack("serve", lab.path("files"), "--idle-timeout", "2s", says="serving")
    peer = lab.peer("http", lab.net.host, 80)
    peer.join(40)
    check("result: all as expected" in peer.output(), peer.output())
    stack.stop()


def fast_open_acceptor(lab):
    """curl asks twice; its second SYN carries the request."""
    need("curl")
    os.mkdir(lab.path("files"))
    wanted = make_file(lab.path("files/page"), 20000)
    lab.sysctl("net.ipv4.tcp_fastopen", "1")
    stack = lab.stack("serve", lab.path("files"), "--fast-open", "--info", says="serving")
    for _ in range(2):
        lab.run(["curl", "-sS", "--fail", "--tcp-fastopen", "-o", lab.path("got"), lab.net.url("page")])
        check(digest_of(lab.path("got"))[0] == wanted, "curl got something else")
    stack.stop()
    check("text of 1 SYNs taken at once, of 0 after" in stack.errors(), "the second SYN's text was not taken")
    check(stack.errors().count(" fastopen ") == 1, f"one connection of two began with it: {stack.errors()}")


def fast_open_opener(lab):
    """The kernel gives the cookie, and counts the SYN whose text it took."""
    lab.sysctl("net.ipv4.tcp_fastopen", "2")
    peer = lab.peer("answer-fast-open", 9, says="listening")
    ask_twice = os.path.join(os.path.dirname(lab.handfast), "../../examples/ask_twice")
    asked = lab.run([ask_twice, DEVICE, lab.net.host_prefix, f"{lab.net.in_url(lab.net.kernel)}:9", "hello"])
    check("answer: HELLO (the text went after the handshake)" in asked.stdout, asked.stdout)
    check("answer: HELLO (the text went with the SYN)" in asked.stdout, asked.stdout)
    peer.join(20)
    check("result: 1 taken with the SYN" in peer.output(), peer.output())


def tshark(lab, path, show, *fields):
    command = ["tshark", "-r", path, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y", show]
    for field in fields:
        command += ["-T", "fields", "-e", field]
    # tshark warns that it runs as root; the namespace has no interface but ours.
    return lab.run(command).stdout.strip()


def capture(lab):
    need("tcpdump", "tshark", "curl")
    os.mkdir(lab.path("files"))
    make_file(lab.path("files/big"), MEGA)
    dump = lab.start("tcpdump", ["tcpdump", "-i", DEVICE, "-U", "-n", "-s", "0", "-B", "8192", "-Z", "root",
                                 "-w", lab.path("device.pcap")])
    dump.wait_for("listening on")
    stack = lab.stack("serve", lab.path("files"), "--pcap", lab.path("host.pcapng"), says="serving")
    lab.run(["curl", "-sS", "--fail", "-o", lab.path("got"), lab.net.url("big")])
    lab.run(["curl", "-sS", "-o", lab.path("got"), lab.net.url("nothing")])
    refused_port = lab.run(["curl", "-sS", lab.net.url("", port=81)], must=False)
    check(refused_port.returncode == 7, "a port without a listener has to be refused")
    stack.stop()
    time.sleep(0.3)
    dump.stop()
    for path in (lab.path("device.pcap"), lab.path("host.pcapng")):
        # The kernel writes 0xFFFF where 0x0000 would do: the same number in ones' complement, and no fault of anybody's.
        bad = '_ws.malformed || (tcp.checksum.status=="Bad" && tcp.checksum != 0xffff) || ip.checksum.status=="Bad"'
        check(tshark(lab, path, bad) == "", f"{path}: {tshark(lab, path, bad)[:2000]}")
        count = len(tshark(lab, path, "tcp", "frame.number").splitlines())
        check(count > 50, f"{path} holds only {count} segments")
        print(f"{os.path.basename(path)}: {count} segments, none malformed, every checksum right")
        if lab.tap:
            answer = "icmpv6.type == 136" if lab.net.ipv6 else "arp.opcode == 2"
            check(tshark(lab, path, answer) != "", f"{path} shows no answer about link addresses")
    comments = tshark(lab, lab.path("host.pcapng"), "tcp.flags.syn == 1 && frame.comment", "frame.comment").splitlines()
    check(comments, "the annotated capture has no comment on a SYN")
    print(f"annotated: {comments[0][:160]}")


def kernel_counts(lab, *names):
    told = lab.run(["nstat", "-asz", *names]).stdout.split()
    return [int(told[told.index(name) + 1]) for name in names]


def check_marks(lab, stack):
    """Both ends agreed, both were told of marks and reduced for them, and nothing was lost."""
    heard, again, needless = kernel_counts(lab, "TcpExtTCPDeliveredCE", "TcpRetransSegs", "TcpExtTCPDSACKRecv")
    check(heard > 0, "the kernel heard of no mark")
    reduced = tshark(lab, lab.path("host.pcapng"), f"{lab.net.field}.src == {lab.net.kernel} && tcp.flags.cwr == 1 && tcp.flags.syn == 0",
                     "frame.number").splitlines()
    print(f"the kernel heard of {heard} marks and reduced its window {len(reduced)} times")
    check(reduced, "the kernel did not reduce its window")
    # On a machine that is busy a timer may run out while the other end waits for its turn; then it says that it had it.
    check(again - needless < len(reduced) / 4, f"the kernel sent {again} segments again, {needless} of them needlessly")
    info = stack.errors()
    of_connection = [line for line in info.splitlines() if line.startswith("\t")]
    facts = dict(part.split(":", 1) for line in of_connection for part in line.split() if ":" in part)
    print(f"the host: {facts}")
    check(" ecn " in info, f"the host did not agree on ECN: {info}")
    check(int(facts.get("ecn_marks", 0)) > 0, f"no mark reached the host: {info}")
    check(int(facts.get("ecn_reductions", 0)) > 0, f"the host did not reduce its window: {info}")
    check(int(facts["bytes_retrans"]) <= int(facts.get("dsack", 0)), f"the host sent text again that was lost: {info}")


def speak_ecn(lab):
    need("nstat", "tshark")
    lab.sysctl("net.ipv4.tcp_ecn", "1")
    # A probe of the tail on a busy machine is no answer to a mark, and would be counted as a retransmission.
    lab.sysctl("net.ipv4.tcp_early_retrans", "0")


# Seldom enough for windows that matter, often enough for each end to meet many.
MARKS = ["--mark", "0.5"]


def ecn_kernel_opens(lab):
    speak_ecn(lab)
    # Each sends the same text, so that what the kernel gets looks to it like an echo of its own.
    with open(lab.path("same"), "wb") as file:
        file.write(pattern(16 * MEGA))
    stack = lab.stack("listen", "7", "--input", lab.path("same"), "--output", lab.path("got"), "--info", "--ecn",
                      "accept", "--pcap", lab.path("host.pcapng"), *MARKS, says="listening")
    peer = lab.peer("echo-half-closing", lab.net.host, 7, 16 * MEGA)
    peer.join()
    stack.join()
    check("result: as sent" in peer.output(), peer.output())
    check(digest_of(lab.path("got")) == digest_of(lab.path("same")), "the host got other text than was sent")
    check_marks(lab, stack)


def ecn_host_opens(lab, ask="offer"):
    speak_ecn(lab)
    with open(lab.path("request"), "wb") as file:
        file.write(pattern(8 * MEGA, salt=5))
    peer = lab.peer("answer-after-end", 9000, 8 * MEGA, says="listening")
    stack = lab.stack("connect", lab.net.kernel, "9000", "--input", lab.path("request"), "--output", lab.path("got"), "--info",
                      "--ecn", ask, "--pcap", lab.path("host.pcapng"), *MARKS)
    stack.join()
    peer.join()
    check("result: whole" in peer.output(), peer.output())
    check_marks(lab, stack)


def accurate_host_goes_back(lab):
    """Who asks for the accurate form of a kernel that has the classic one gets that."""
    ecn_host_opens(lab, ask="accurate")


def by_kernel(lab):
    return ["--gateway", lab.net.kernel]


def serve_far(lab, mtu, reports, extra=()):
    """A file for curl, over a router to a way that carries less than both ends take."""
    need("curl")
    lab.make_far(mtu, reports)
    os.mkdir(lab.path("files"))
    wanted = make_file(lab.path("files/big"), 4 * MEGA)
    stack = lab.stack("serve", lab.path("files"), *by_kernel(lab), *extra, says="serving")
    begun = time.monotonic()
    lab.run_far(["curl", "-sS", "--fail", "--max-time", "50", "-o", lab.path("got"), lab.net.url("big")])
    took = time.monotonic() - begun
    tell_speed(4 * MEGA, took)
    got, length = digest_of(lab.path("got"))
    check(got == wanted, f"curl got {length} bytes, and they are not those of the file")
    stack.stop()
    tell_stack(stack)
    return took, stack.errors()


def path_reported(lab):
    """The router says what fits: that costs one flight."""
    took, said = serve_far(lab, 1280, reports=True)
    check(took < 10, f"it took {took:.1f} s")
    check("1 believed" in said and "0 black holes" in said, "no report was believed")


def path_reported_600(lab):
    took, said = serve_far(lab, 600, reports=True)
    check(took < 10, f"it took {took:.1f} s")
    check("1 believed" in said and "0 black holes" in said, "no report was believed")


def path_reported_1400(lab):
    """The smallest size is not the only one: what the router says is what is sent."""
    took, said = serve_far(lab, 1400, reports=True)
    check(took < 10, f"it took {took:.1f} s")
    check("1 believed" in said and "0 black holes" in said, "no report was believed")


def path_black_hole(lab):
    """Nobody says anything: that costs a pause."""
    took, said = serve_far(lab, 1280, reports=False)
    check(1 < took < 20, f"it took {took:.1f} s")
    check("0 reports" in said and "1 black holes" in said, "no black hole was noticed")


def path_black_hole_600(lab):
    took, said = serve_far(lab, 600, reports=False)
    check(1 < took < 30, f"it took {took:.1f} s")
    check("0 reports" in said and "2 black holes" in said, "no black hole was noticed")


def path_towards_us(lab):
    """The kernel's sender meets the small way: what is smaller than we offered is taken as it comes."""
    lab.make_far(1280, reports=True)
    stack = lab.stack("listen", "7", "--echo", *by_kernel(lab), says="listening")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer.py")
    peer = lab.start("peer-far", [sys.executable, "-u", script, "echo-half-closing", lab.net.host, "7", str(4 * MEGA)], far=True)
    peer.join(50)
    check("result: as sent" in peer.output(), peer.output())
    stack.stop()
    tell_stack(stack)


def linux_matrix(lab, *words, seconds=280):
    """The grid of tests/matrix, put to the kernel: what it does otherwise has a name, or the test fails."""
    # Each case stands for itself: no answer may be held back because of the one before.
    for name, value in (("tcp_invalid_ratelimit", "0"), ("tcp_challenge_ack_limit", "2147483647"), ("tcp_max_tw_buckets", "1000000"),
                        ("tcp_rfc1337", "0"), ("tcp_congestion_control", "reno"), ("ip_local_port_range", "10000 65000")):
        lab.sysctl(f"net.ipv4.{name}", value)
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    with open(os.path.join(root, "docs", "rfc", "linux_differences.md")) as page:
        explained = dict(re.findall(r"^\| `([\w-]+)` \| ([\d,]+) \|", page.read(), re.MULTILINE))
    outcomes = os.path.join(root, "tests", "matrix", "outcomes")
    program = lab.start("linux-matrix", [lab.linux_matrix, DEVICE, outcomes, *words])
    try:
        program.join(seconds)
    finally:
        print(program.output()[-6000:])
    named = {name: f"{int(count):,}" for count, name in re.findall(r"^ *(\d+) cases: ([\w-]+)$", program.output(), re.MULTILINE)}
    strange = named.items() ^ explained.items() if "all" in words else named.keys() ^ explained.keys()
    check(not strange, f"the program and docs/rfc/linux_differences.md do not say the same: {sorted(strange)}")


def linux_matrix_all(lab):
    linux_matrix(lab, "all", seconds=880)


CASES = {
    function.__name__.replace("_", "-"): function
    for function in (serve_64, connect_64, serve_offload, connect_offload, serve_lossy, connect_lossy, serve_lossy_64,
                     connect_lossy_64, thousand, kernel_closes_first, host_closes_first, kernel_resets, host_aborts, refused, blackholed, blackholed_after_connect,
                     blackholed_after_listen, blackholed_server, urgent, ping, http, fast_open_acceptor,
                     fast_open_opener, ecn_kernel_opens, ecn_host_opens, accurate_host_goes_back, path_reported,
                     path_reported_600, path_reported_1400, path_black_hole, path_black_hole_600,
                     path_towards_us, capture, linux_matrix, linux_matrix_all)
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--handfast", required=True)
    parser.add_argument("--linux-matrix", help="the program, for the cases of that name")
    parser.add_argument("--tap", action="store_true")
    parser.add_argument("--ipv6", action="store_true")
    parser.add_argument("--seconds", type=int, default=110)
    arguments = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    begun = time.monotonic()
    lab = Lab(arguments.handfast, arguments.tap, arguments.seconds, arguments.ipv6)
    lab.linux_matrix = arguments.linux_matrix and os.path.abspath(arguments.linux_matrix)
    try:
        CASES[arguments.case](lab)
    except (Failed, labs.subprocess.TimeoutExpired) as problem:
        labs.signal.alarm(0)
        lab.tell_programs()
        print(f"failed: {problem}", file=sys.stderr)
        return 1
    print(f"passed in {time.monotonic() - begun:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
