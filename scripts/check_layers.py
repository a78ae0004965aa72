#!/usr/bin/env python3
"""Each folder includes only what lies below it, and only the edge of the system touches the operating system.

The table is the one in ARCHITECTURE.md. The folders that may talk to the system are drivers, tools and examples, and
the programs that test and measure.
"""

import re
from pathlib import PurePosixPath

import lint_common
from lint_common import CORE_FOLDERS, Finding

# What a folder may include besides itself and the public vocabulary in include/handfast.
MAY_INCLUDE = {
    "include": set(),
    "base": set(),
    "wire": {"base"},
    "ip": {"base", "wire"},
    "udp": {"base", "wire"},
    "tcp": {"base", "wire"},
    "host": {"base", "wire", "ip", "tcp", "udp"},
    "sockets": {"base", "wire", "host"},
    "posix": {"base", "wire", "host", "sockets"},
    "trace": {"base", "wire", "host", "tcp"},
    "sim": {"base", "wire", "ip", "tcp", "udp", "host", "sockets", "trace"},
    "script": {"base", "wire", "ip", "tcp", "udp", "host", "sockets", "posix", "trace", "sim"},
    "drivers": {"base", "wire"},
    "tools": {"drivers", "posix", "script", "sim", "trace"},
    "examples": {"drivers"},
}
FOLDERS = set(MAY_INCLUDE) | {"tests", "fuzz", "bench"}
UNRESTRICTED = {"tests", "fuzz", "bench"}
PURE = {"include", *CORE_FOLDERS}

STANDARD = set(
    """algorithm any array atomic bit bitset cassert cctype cerrno charconv chrono cinttypes climits compare complex
    concepts coroutine cstdarg cstddef cstdint cstdio cstdlib cstring deque exception expected forward_list
    functional initializer_list iomanip ios iosfwd istream iterator limits list locale map memory memory_resource new
    numbers numeric optional ostream queue ranges ratio regex scoped_allocator set source_location span sstream stack
    stdexcept streambuf string string_view system_error tuple type_traits typeindex typeinfo unordered_map
    unordered_set utility valarray variant vector version
    immintrin.h arm_neon.h wasm_simd128.h""".split()
)
SYSTEM_IN_DISGUISE = set(
    """thread mutex shared_mutex condition_variable future semaphore latch barrier stop_token execution filesystem
    fstream iostream ctime csignal""".split()
)
NOT_ON_BOTH_COMPILERS = {"format", "print", "mdspan", "generator", "flat_map", "flat_set"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)
SYSTEM_CALLS = [
    (re.compile(r"\b(?:system|steady|high_resolution|utc|tai|gps|file)_clock\b"), "reads a clock"),
    (re.compile(r"\b(?:clock_gettime|gettimeofday|timespec_get)\s*\("), "reads a clock"),
    (re.compile(r"\bstd::time\s*\(|(?<![\w.>:])time\s*\(\s*(?:nullptr|NULL|0|&)"), "reads a clock"),
    (re.compile(r"\bstd::(?:this_thread|thread|jthread|async|mutex)\b"), "uses threads"),
    (re.compile(r"(?<![\w.>])(?:usleep|nanosleep|getpid|ioctl|mmap|getrandom|arc4random\w*)\s*\("), "calls the system"),
    (re.compile(r"\bthread_local\b"), "uses threads"),
]
CLOCKLESS = "time and the system come in through calls; only drivers, tools and examples may ask for them"

# Design of TCP: the parts compute, and only these files move a connection from state to state.
TCP_STATE_FILES = {"segment_arrives.cc", "user_calls.cc", "timeouts.cc", "transmit.cc", "network_events.cc"}
TCP_PARTS = re.compile(
    r"^src/tcp/(?:loss_recovery/.*|congestion/.*"
    r"|(?:sequence_number|segment|state|tcb|verdict|handshake|acceptability|receiver|sender|rtt|close|timers)\.(?:h|cc))$"
)
ENTER_STATE = re.compile(r"\benter\s*\(\s*(?:\w+::)*(?:Tcp)?State::")


def folder_of(name):
    parts = PurePosixPath(name).parts
    if parts[0] == "src":
        return parts[1] if len(parts) > 2 else None
    return parts[0] if parts[0] in FOLDERS else None


def target_of(include, folder):
    """The folder that a quoted include leads to, or None for a file of the including program itself."""
    top = include.split("/", 1)[0]
    if top == "handfast":
        return "include"
    return top if top in FOLDERS else None


def quoted(name, folder, include, is_test, own_tools):
    """Why a file in `folder` may not include "include", or None."""
    if folder in UNRESTRICTED:
        return None
    if include.startswith(("../", "./")) or "/../" in include:
        return "paths start at include/ or src/, so that the line tells the layer"
    target = target_of(include, folder)
    if target is None:
        if folder in ("tools", "examples"):
            return None
        return "paths start at include/ or src/, so that the line tells the layer"
    if target == "include" and folder != "tools" and include in own_tools:
        return "that header belongs to the tool"
    if is_test or target in ("include", folder) or target in MAY_INCLUDE[folder]:
        return None
    allowed = ", ".join(sorted(MAY_INCLUDE[folder])) or "nothing"
    return f"{folder} may include {allowed} besides itself and the public headers"


def angled(folder, include, is_test):
    """Why a file in `folder` may not include <include>, or None."""
    if include in NOT_ON_BOTH_COMPILERS:
        return "not in the standard library of every supported compiler"
    if folder not in PURE or include in STANDARD:
        return None
    if include in SYSTEM_IN_DISGUISE:
        return CLOCKLESS
    if is_test:
        return None  # a test may compare with what the system's library does
    if include in ("random", "cmath", "cfloat"):
        return None  # lint_determinism.py tells about these
    if include.endswith(".h") and "c" + include[:-2] in STANDARD:
        return f"write <c{include[:-2]}>"
    return "the core uses the standard library alone"


def check_file(name, text, own_tools=frozenset()):
    folder = folder_of(name)
    if folder is None or folder in UNRESTRICTED:
        return []
    lines = text.splitlines()
    is_test = name.endswith("_test.cc")
    code = lint_common.code_only(text, keep_includes=True)
    findings = []

    def report(offset, what, why):
        line = lint_common.line_of(code, offset)
        if not lint_common.excused(lines, line, "handfast-layers"):
            findings.append(Finding(name, line, what, why))

    for match in INCLUDE.finditer(code):
        own, system = match.groups()
        why = quoted(name, folder, own, is_test, own_tools) if own else angled(folder, system, is_test)
        if why:
            report(match.start(1 if own else 2), f"{folder} includes {own or '<' + system + '>'}", why)
    if folder in PURE:
        for pattern, what in SYSTEM_CALLS:
            for match in pattern.finditer(code):
                report(match.start(), f"{folder} {what} ({match.group().rstrip('( ')})", CLOCKLESS)
    if TCP_PARTS.match(name):
        for match in re.finditer(r'tcp/connection\.h|\bclass\s+Connection\s*;', code):
            report(match.start(), "a part of TCP sees Connection", "parts compute and return values")
    if name.startswith("src/tcp/") and not is_test and PurePosixPath(name).name not in TCP_STATE_FILES:
        for match in ENTER_STATE.finditer(code):
            report(match.start(), "changes the state", "only " + ", ".join(sorted(TCP_STATE_FILES)) + " may")
    return findings


def check(root):
    names = lint_common.cpp_files(root)
    own_tools = {
        name.removeprefix("tools/") for name in names if name.startswith("tools/handfast/")
    } - {name.removeprefix("include/") for name in names}
    findings = []
    for name in names:
        findings += check_file(name, lint_common.read(root, name), own_tools)
        if name.startswith("src/") and folder_of(name) not in MAY_INCLUDE:
            findings.append(Finding(name, 1, "a source in no known folder", "give its folder a row in check_layers.py"))
    return findings


if __name__ == "__main__":
    lint_common.run(__doc__.splitlines()[0], check)
