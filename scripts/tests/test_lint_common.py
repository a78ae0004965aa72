"""The reader of C++ text that the lints stand on."""

import unittest

import lint_common
from lint_common import code_only, functions


class CodeOnly(unittest.TestCase):
    def test_comments_and_strings_go_and_places_stay(self):
        text = 'int a; // double\n/* float\n */ f("rand()", \'x\', 1\'000);\n'
        code = code_only(text)
        self.assertEqual(len(code), len(text))
        self.assertEqual(code.count("\n"), text.count("\n"))
        for word in ("double", "float", "rand"):
            self.assertNotIn(word, code)
        self.assertIn("1'000", code)

    def test_raw_strings_go(self):
        self.assertNotIn("float", code_only('auto x = R"js(float " // )js"; int y;'))
        self.assertIn("int y;", code_only('auto x = R"js(float " // )js"; int y;'))

    def test_includes_can_stay(self):
        self.assertIn("tcp/rtt.h", code_only('#include "tcp/rtt.h"\n', keep_includes=True))
        self.assertNotIn("tcp/rtt.h", code_only('#include "tcp/rtt.h"\n'))


class Functions(unittest.TestCase):
    def lines(self, text):
        return [(found.first_line, found.last_line) for found in functions(code_only(text))]

    def test_free_functions_and_methods(self):
        text = "namespace a::b {\nint f(int x) {\n  return x;\n}\nclass C final {\n public:\n  int g() const noexcept { return 1; }\n};\n}\n"
        self.assertEqual(self.lines(text), [(2, 4), (7, 7)])

    def test_constructor_lists_with_braces(self):
        self.assertEqual(self.lines("C::C(int a)\n    : a_{a}, b_(std::vector<int>{1}) {\n  f();\n}\nint g() { return 1; }\n"), [(1, 4), (5, 5)])

    def test_blocks_and_lambdas_belong_to_their_function(self):
        text = "void f() {\n  if (a) {\n  }\n  auto g = [](int x) {\n    return x;\n  };\n}\nvoid h() {\n}\n"
        self.assertEqual(self.lines(text), [(1, 7), (8, 9)])

    def test_tables_are_no_functions(self):
        self.assertEqual(self.lines("constexpr int kTable[] = {f(1),\n 2};\nint a{3};\nconst T t = make({1});\n"), [])

    def test_operators_templates_and_default_arguments(self):
        text = "template <typename T>\nbool operator==(const T& a, const T& b) {\n  return true;\n}\nvoid f(int a = 3, T b = {}) {\n}\n"
        self.assertEqual(self.lines(text), [(1, 4), (5, 6)])

    def test_trailing_return_types_and_tests(self):
        self.assertEqual(self.lines("auto f() -> std::array<int, 2> {\n}\nTEST(A, B) {\n}\n"), [(1, 2), (3, 4)])

    def test_macro_bodies_do_not_count(self):
        self.assertEqual(self.lines("#define X(a) { \\\n  a\nint f() {\n}\n"), [(3, 4)])


class Excused(unittest.TestCase):
    def test_only_with_the_rule_and_a_record(self):
        lines = ["float x;  // NOLINT(handfast-float): docs/decisions/0001-a.md", "float y;  // NOLINT(handfast-float)"]
        self.assertTrue(lint_common.excused(lines, 1, "handfast-float"))
        self.assertFalse(lint_common.excused(lines, 1, "handfast-hash"))
        self.assertFalse(lint_common.excused(lines, 2, "handfast-float"))


if __name__ == "__main__":
    unittest.main()
