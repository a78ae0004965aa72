#!/usr/bin/env python3
"""The same inputs give the same outputs: nothing in the core may differ between compilers, machines or runs.

Reads include/ and src/base to src/script without their comments and strings. It finds what text can show; the traces
that two compilers have to write alike, byte for byte, find the rest. An exception is a line with
`NOLINT(handfast-RULE): docs/decisions/NNNN-name.md`.
"""

import re

import lint_common
from lint_common import CORE_FOLDERS, Finding

FLOAT = "floating point differs between compilers and machines"
CHANCE = "randomness comes from the Random that the caller hands in"
HASH = "each standard library hashes in its own way; use the keyed hash in base"
POINTER = "where an object lies differs from run to run"
CLOCK = "time comes in through calls"
WORLD = "the core asks nothing of the system"

# (rule, pattern, what, why, whether it holds in unit tests too)
PATTERNS = [
    ("float", r"\b(?:float|double)\b", "floating-point type", FLOAT, False),
    (
        "float",
        r"(?<![\w.'])(?:\d[\d']*\.(?:\d[\d']*)?(?:[eE][+-]?\d+)?|\.\d[\d']*(?:[eE][+-]?\d+)?|\d[\d']*[eE][+-]?\d+)[fFlL]?(?![\w.])",
        "floating-point number",
        FLOAT,
        False,
    ),
    ("float", r"#\s*include\s*<(?:cmath|cfloat|complex|numbers|math\.h)>", "floating-point header", FLOAT, False),
    ("random", r"#\s*include\s*<random>", "<random>", CHANCE, True),
    (
        "random",
        r"\bstd::(?:random_device|mt19937\w*|minstd_rand0?|default_random_engine|\w+_distribution"
        r"|shuffle|sample|random_shuffle|(?:ranges::)(?:shuffle|sample))\b",
        "standard randomness",
        CHANCE,
        True,
    ),
    (
        "random",
        r"(?<![\w.>])(?:std::)?(?:s?rand|random|[dlm]rand48)\s*\(\s*\)|\bsrand\s*\(|\b(?:getrandom|arc4random\w*)\s*\(",
        "system randomness",
        CHANCE,
        True,
    ),
    ("hash", r"\bstd::(?:hash|_Hash_bytes)\b", "std::hash", HASH, False),
    (
        "pointer",
        r"\b(?:reinterpret_cast|bit_cast)\s*<\s*(?:const\s+)?(?:std::)?(?:u?intptr_t|size_t|u?int64_t|unsigned\s+long(?:\s+long)?|long)\s*>",
        "a pointer made a number",
        POINTER,
        False,
    ),
    ("pointer", r"\b(?:std::)?u?intptr_t\b", "a pointer as a number", POINTER, False),
    (
        "pointer",
        r"\bstd::(?:less|greater|less_equal|greater_equal|compare_three_way)\s*<[^<>]*\*\s*(?:const\s*)?>(?!\s*(?:\{\s*\}\s*\(|\(\s*\)\s*\(|\w+\s*;))",
        "pointers put in order",  # as a comparator; asking once whether a pointer lies within a buffer is fine
        POINTER,
        False,
    ),
    (
        "pointer",
        r"\bstd::(?:multi)?(?:map|set)\s*<\s*(?:const\s+)?[\w:]+\s*(?:<[^<>]*>)?\s*(?:const\s*)?\*",
        "a container ordered by pointer",
        POINTER,
        False,
    ),
    ("pointer", r"\bowner_(?:before|hash)\b", "pointers put in order", POINTER, False),
    ("clock", r"\b\w*[cC]lock\s*::\s*now\s*\(|\b(?:system|steady|high_resolution|utc|tai|gps|file)_clock\b", "a clock is read", CLOCK, True),
    (
        "clock",
        r"\bstd::time\s*\(|(?<![\w.>:])time\s*\(\s*(?:nullptr|NULL|0|&)|\b(?:clock_gettime|gettimeofday|timespec_get)\s*\("
        r"|\bstd::clock\s*\(|__DATE__|__TIME__|__TIMESTAMP__|\b__?rdtscp?\b",
        "a clock is read",
        CLOCK,
        True,
    ),
    ("world", r"\b(?:std::|secure_)?getenv\s*\(|\bstd::locale\b|\bsetlocale\s*\(", "the environment is read", WORLD, True),
]
PATTERNS = [(rule, re.compile(pattern), *rest) for rule, pattern, *rest in PATTERNS]

UNORDERED = re.compile(r"\bstd::unordered_((?:multi)?(?:map|set))\s*<")
DRAW = re.compile(
    r"\b(?!std\b)\w*(?:random|rng|prng|dice)\w*(?:\(\))?\s*(?:\.|->)\s*\w+\s*\(|(?<![\w:>.])(?:draw|roll)\w*\s*\(|(?:\.|->)(?:draw|roll)\w*\s*\("
)
HASHING = re.compile(r"(?:\b|_)(?:hash|mix|absorb|fingerprint|digest)\w*\s*\(")
WRITING = re.compile(r"\b(?:put|write|store|append)_(?:u\d+|be\d*|le\d*|be|le|number|varint|integer)\w*\s*\(")
SIZE_VARIABLE = re.compile(r"\b(?:std::)?size_t\s+(\w+)\s*(?:=|\{|,|\))")


def closing(code, at, pair="()"):
    """Offset behind the bracket that closes the one at `at`."""
    depth = 0
    for offset in range(at, len(code)):
        if code[offset] == pair[0]:
            depth += 1
        elif code[offset] == pair[1]:
            depth -= 1
            if depth == 0:
                return offset + 1
    return len(code)


def split_arguments(text):
    """The arguments between the outermost commas."""
    parts, depth, begun = [], 0, 0
    for offset, char in enumerate(text):
        depth += (char in "(<[{") - (char in ")>]}")
        if char == "," and depth == 0:
            parts.append(text[begun:offset])
            begun = offset + 1
    return [*parts, text[begun:]]


def unordered_names(code):
    """The names of variables and members that are unordered containers."""
    names = set()
    for match in UNORDERED.finditer(code):
        name = re.match(r"[\s&*]*(\w+)\s*[;={,)]", code[closing(code, match.end() - 1, "<>") :])
        if name:
            names.add(name.group(1))
    return names


def find_unordered(code, names):
    for match in UNORDERED.finditer(code):
        inside = code[match.end() : closing(code, match.end() - 1, "<>") - 1]
        if len(split_arguments(inside)) < (3 if match.group(1).endswith("map") else 2):
            yield match.start(), "hash", "an unordered container with its default hash", HASH
    order = "the order of an unordered container is each library's own"
    for name in names:
        walk = rf"\bfor\s*\([^;()]*:\s*(?:\w+(?:\.|->))*{name}\s*\)|\b{name}\s*\.\s*c?r?begin\s*\(|\branges::\w+\s*\(\s*{name}\b"
        for match in re.finditer(walk, code):
            yield match.start(), "unordered", f"iteration over {name}", order


CONTROL = re.compile(r"\b(?:if|for|while|switch)\s*(?:constexpr\s*)?\(")


def statements(code):
    """(offset, text) of the parts between `;`, the braces of blocks and the conditions of control statements.
    Braces of initialisers part nothing."""
    conditions = {closing(code, match.end() - 1) - 1 for match in CONTROL.finditer(code)}
    begun, stack = 0, []
    for at, char in enumerate(code):
        part = char == ";" or at in conditions
        if char == "{":
            before = code[begun:at].rstrip()
            part = not before or re.search(r"[)\]:]$|\b(?:else|do|try|const|noexcept|override|mutable)$", before)
            stack.append(part)
        elif char == "}":
            part = stack.pop() if stack else True
        if part:
            yield begun, code[begun:at]
            begun = at + 1


def in_order(text, first, second):
    """Whether the language runs the draw that ends at `first` before the one that begins at `second`, or only one of
    them: between them, at the level of nesting that both share, stands && || ? : or the comma of a braced list."""
    depth = lowest = 0
    shared = []
    for at in range(first, second):
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            depth -= 1
            if depth < lowest:
                lowest, shared = depth, []
        elif depth == lowest:
            shared.append(text[at])
    between = "".join(shared)
    enclosing, depth, outwards = "", 0, 1 - lowest  # the bracket around the shared level is this many outwards
    for char in reversed(text[:first]):
        depth += (char in ")]}") - (char in "([{")
        if depth == -outwards:
            enclosing = char
            break
    if "," in between:
        return enclosing == "{"
    return bool(re.search(r"&&|\|\||\?|(?<!:):(?!:)", between))


def find_two_draws(code):
    for begun, text in statements(code):
        draws = [(match.start(), closing(text, match.end() - 1)) for match in DRAW.finditer(text)]
        for earlier, later in zip(draws, draws[1:]):
            nested = later[0] < earlier[1]  # an argument is drawn before the call that takes it
            if not nested and not in_order(text, earlier[1], later[0]):
                yield begun + later[0], "draws", "two random draws in one expression", (
                    "compilers may draw them in either order; give each a line"
                )


def find_sizes(code):
    """Lengths of the machine's own width that go into a hash or onto the wire."""
    for function in lint_common.functions(code):
        body = code[function.start : function.end]
        names = set(SIZE_VARIABLE.findall(body))
        for pattern, verb in ((HASHING, "hashed"), (WRITING, "written")):
            for match in pattern.finditer(body):
                end = closing(body, match.end() - 1)
                if re.match(r"\s*(?:const\s*)?(?:noexcept\s*)?[{;]", body[end:]) and match.start() < 200 and "{" not in body[: match.start()]:
                    continue  # the head of the function itself
                for argument in split_arguments(body[match.end() : end - 1]):
                    argument = argument.strip()
                    is_size = re.search(r"^(?:[\w.>-]|::)+(?:\.|->)size\s*\(\s*\)$|^sizeof\b|^(?:std::)?size_t\s*[({]", argument)
                    if is_size or argument in names or "static_cast<std::size_t>" in argument:
                        yield function.start + match.start(), "size", f"std::size_t {verb} ({argument})", (
                            "its width differs between machines; name the width"
                        )


def in_scope(name):
    return name.startswith(("include/", *(f"src/{folder}/" for folder in CORE_FOLDERS)))


def check_file(name, text, header_texts=()):
    """Findings of one file; `header_texts` are the headers whose members it may walk over."""
    code = lint_common.code_only(text, keep_includes=True)
    lines = text.splitlines()
    is_test = name.endswith("_test.cc")
    found = []
    for rule, pattern, what, why, in_tests in PATTERNS:
        if in_tests or not is_test:
            found += [(match.start(), rule, f"{what} ({' '.join(match.group().split())})", why) for match in pattern.finditer(code)]
    if not is_test:
        names = unordered_names(code).union(*(unordered_names(lint_common.code_only(header)) for header in header_texts))
        found += find_unordered(code, names)
        found += find_sizes(code)
    found += find_two_draws(lint_common.without_directives(code))
    findings = set()
    for offset, rule, what, why in found:
        line = lint_common.line_of(code, offset)
        if not lint_common.excused(lines, line, f"handfast-{rule}"):
            findings.add(Finding(name, line, what, why))
    return sorted(findings)


def check(root):
    names = [name for name in lint_common.cpp_files(root) if in_scope(name)]
    texts = {name: lint_common.read(root, name) for name in names}
    findings = []
    for name, text in texts.items():
        included = re.findall(r'#\s*include\s*"([^"]+)"', text)
        headers = [texts[path] for include in included for path in (f"src/{include}", f"include/{include}") if path in texts]
        findings += check_file(name, text, headers)
    return findings


if __name__ == "__main__":
    lint_common.run(__doc__.splitlines()[0], check)
