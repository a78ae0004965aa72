"""Each rule of lint_determinism.py on code that breaks it and on code beside it that does not."""

import unittest

import lint_determinism


class Determinism(unittest.TestCase):
    def findings(self, code, name="src/tcp/x.cc", headers=()):
        return [str(finding) for finding in lint_determinism.check_file(name, code, headers)]

    def bad(self, *snippets, name="src/tcp/x.cc"):
        for code in snippets:
            self.assertTrue(self.findings(code, name), code)

    def good(self, *snippets, name="src/tcp/x.cc"):
        for code in snippets:
            self.assertEqual(self.findings(code, name), [], code)

    def test_floating_point(self):
        self.bad("double x;", "auto x = 1.5;", "auto x = 1e6;", "auto x = .5f;", "auto x = 3.;", "#include <cmath>\n")
        self.good("int doubled = 1'000'000;", "auto x = 0x1e6;", "s.a.b = f(...);", "// 1.5\n", 'f("1.5");', "version_1.x")
        self.good("double x = 1.5;", name="src/tcp/x_test.cc")

    def test_randomness(self):
        self.bad("#include <random>\n", "std::mt19937 r;", "std::uniform_int_distribution<int> d;", "int x = rand();", "std::shuffle(a, b, r);")
        self.bad("#include <random>\n", name="src/tcp/x_test.cc")
        self.good("random.fill(bytes);", "operand(x);")

    def test_hashes(self):
        self.bad("std::hash<int>{}(x);", "std::unordered_map<int, int> m;", "std::unordered_set<int> s;")
        self.good("std::unordered_map<int, std::pair<int, int>, KeyedHash> m;", "siphash(x);")

    def test_iteration_over_unordered_containers(self):
        member = "std::unordered_map<int, int, KeyedHash> table_;\n"
        self.bad(member + "void f() { for (auto& [k, v] : table_) g(k); }", member + "auto it = table_.begin();")
        self.assertTrue(self.findings("void f() { for (auto& e : table_) g(e); }", headers=[member]))
        self.good(member + "auto it = table_.find(3);", "void f() { for (auto& e : table_) g(e); }")

    def test_pointers_as_numbers_and_in_order(self):
        self.bad("auto x = reinterpret_cast<std::uintptr_t>(p);", "std::uintptr_t x;", "std::sort(a, b, std::less<Foo*>());", "std::map<const Foo*, int> m;")
        self.good("auto x = reinterpret_cast<const char*>(p);", "std::map<int, Foo*> m;", "bool inside = std::less_equal<const char*>{}(a, b);")

    def test_clocks_and_the_environment(self):
        self.bad("auto t = std::chrono::steady_clock::now();", "HostClock::now();", "std::time(nullptr);", "f(__DATE__);", 'std::getenv("X");')
        self.bad("std::time(nullptr);", name="src/tcp/x_test.cc")
        self.good("simulator.now();", "Instant time(int);", "segment.time(nullptr);", "using TimePoint = std::chrono::time_point<HostClock>;")

    def test_two_draws_in_one_expression(self):
        self.bad(
            "f(random.next(), random.next());",
            "auto x = rng.below(3) + rng.below(4);",
            "auto x = random_.next() << 32 | random_.next();",
            "f(c ? random.next() : 0, random.next());",
            "auto x = random.next() + (c && random.chance(1, 2));",
            "auto key = make(Key{random.next()}, Key{random.next()});",
            "for (auto i = random.next() - random.next(); i < 3; ++i) {}",
        )
        self.bad("f(random.next(), random.next());", name="src/tcp/x_test.cc")
        self.good(
            "auto a = random.next(); auto b = random.next();",
            "if (random.chance(1, 3)) f(random.below(3));",
            "while (random.chance(1, 3)) { f(random.below(3)); }",
            "auto x = random.chance(1, 2) ? 0 : random.next();",
            "if (random.chance(1, 2) && random.chance(1, 3)) g();",
            "Key key = {random.next(), random.next()};",
            "auto x = random.below(1 << random.below(63));",
            "auto f = [&] { return random.next(); };\nauto g = [&] { return random.next(); };",
        )

    def test_sizes_hashed_or_written(self):
        self.bad(
            "void f() { hash(text.size()); }",
            "void f() { std::size_t n = 3; put_u32(out, n); }",
            "void f(std::size_t n, int) { digest_mix(n); }",
            "void f() { write_u64(out, sizeof(x)); }",
        )
        self.good(
            "void f() { hash(static_cast<std::uint32_t>(text.size())); }",
            "void f() { std::size_t n = 3; g(n); }\nvoid h(std::uint32_t n) { put_u32(out, n); }",
            "std::uint64_t hash(std::size_t n) { return 1; }",
            "void f() { append(text.data(), text.size()); }",
        )

    def test_messages_name_the_place(self):
        self.assertEqual(
            self.findings("\n\nfloat x;")[0],
            "src/tcp/x.cc:3: floating-point type (float): floating point differs between compilers and machines",
        )

    def test_scope(self):
        self.assertTrue(lint_determinism.in_scope("src/sim/link.cc"))
        self.assertTrue(lint_determinism.in_scope("include/handfast/time.h"))
        self.assertFalse(lint_determinism.in_scope("src/drivers/tun.cc"))
        self.assertFalse(lint_determinism.in_scope("tools/handfast/demo.cc"))

    def test_a_decision_excuses_its_rule_on_its_line(self):
        self.good("float x;  // NOLINT(handfast-float): docs/decisions/0001-a.md")
        self.bad("float x;  // NOLINT(handfast-hash): docs/decisions/0001-a.md", "float x;  // NOLINT(handfast-float)")


if __name__ == "__main__":
    unittest.main()
