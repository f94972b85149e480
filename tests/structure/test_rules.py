"""The rules themselves, on small samples: what is bad is found and what is good is not, so that no
rule passes because it looks at nothing."""

import pathlib
import unittest

import rules
from csource import Source


def complaints(rule, path, text):
    return list(rule({pathlib.PurePosixPath(path): Source(text)}))


def function(text):
    [only] = Source(text).functions()
    return only


class Reader(unittest.TestCase):
    def test_comments_and_strings_are_not_code(self):
        source = Source('/* asm */ int a; // asm\nconst char *s = "asm /* asm */"; char c = \'"\';')
        self.assertNotIn("asm", source.words())
        self.assertEqual(len(source.comments), 2)
        self.assertEqual([t.text for t in source.strings], ['"asm /* asm */"'])

    def test_a_directive_is_read_over_its_continued_lines(self):
        source = Source("#define LOOP(x) \\\n    for (;;) { x; }\nint a;\n")
        self.assertEqual([t.text for t in source.code], ["int", "a", ";"])
        self.assertEqual(source.code[0].line, 3)

    def test_functions_are_told_from_types_tables_and_declarations(self):
        source = Source("struct S { int a; };\nenum E { A, B };\nint table[] = { f(1), 2 };\n"
                        "static const struct S s = {1};\nint declared(int a);\n"
                        "static int f(int a, char **b)\n{\n    return a;\n}\n"
                        "void g(void) { struct S t = {2}; h((struct S){3}); }\n")
        self.assertEqual([f.name for f in source.functions()], ["f", "g"])

    def test_lines_are_counted_from_the_signature_to_the_last_brace(self):
        f = function("int x;\n\nstatic int\nf(int a)\n{\n    return a;\n}\n")
        self.assertEqual((f.first, f.last, f.lines), (3, 7, 5))

    def test_parameters_are_counted(self):
        self.assertEqual(function("void f(void) { }").parameters, 0)
        self.assertEqual(function("void f(int a, int (*g)(int, int), int c[2]) { }").parameters, 3)

    def test_nesting_is_counted_with_braces_and_without(self):
        for body, depth in (
                ("a = 1;", 0),
                ("if (a) b();", 1),
                ("if (a) { b(); } else { c(); }", 1),
                ("if (a) b(); else if (c) d(); else if (e) f(); else g();", 1),
                ("for (;;) while (a) if (b) c();", 3),
                ("do { if (a) b(); } while (c); d();", 2),
                ("switch (a) { case 1: if (b) c(); break; default: d(); }", 2),
                ("S s = {1, {2}}; f((S){3}); if (a) { T t = {{4}}; }", 1),
                ("out: if (a) b();", 1),
                ("EACH(item, list) { if (a) b(); }", 2),
                ("{ { a = 1; } }", 0),
                ("a = b ? c : d; if (x) for (;;) if (y) { if (z) w(); }", 4)):
            with self.subTest(body=body):
                self.assertEqual(function("void f(void) { %s }" % body).depth, depth)


class Rules(unittest.TestCase):
    def bad(self, rule, path, *texts):
        for text in texts:
            with self.subTest(text=text[:60]):
                self.assertTrue(complaints(rule, path, text))

    def good(self, rule, path, *texts):
        for text in texts:
            with self.subTest(text=text[:60]):
                self.assertEqual(complaints(rule, path, text), [])

    def test_the_core_stands_alone(self):
        self.bad(rules.core_stands_alone, "core/a.c", '#include "server/tools/log.h"\n',
                 '#include "tools/log.h"\n', "#include <pthread.h>\n", "#include <stdio.h>\n",
                 "#include <time.h>\n", "#include <jansson.h>\n", "#include <immintrin.h>\n",
                 "  #  include <signal.h>\n")
        self.good(rules.core_stands_alone, "core/a.c", '#include "core/b.h"\n#include <math.h>\n')

    def test_the_core_is_plain(self):
        self.bad(rules.core_is_plain, "core/a.c", "#pragma omp simd\n", "__m256d a;",
                 "__attribute__((target(\"avx2\"))) void f(void) {}", "_mm256_add_pd(a, b);",
                 "typedef double v __attribute__((vector_size(32)));", "__asm__(\"nop\");",
                 "_Pragma(\"x\")", "exit(1);", "_Thread_local int a;", "printf(a);")
        self.good(rules.core_is_plain, "core/a.c", "/* no asm, exit or pragma */ int targets;",
                  "s->targets = train_exit;")

    def test_libraries_stay_in_their_rooms(self):
        rule = rules.libraries_stay_in_their_rooms
        self.bad(rule, "server/api/api_job.c", "#include <microhttpd.h>\n",
                 "#include <sqlite3.h>\n", "#include <jansson.h>\n", "#include <gnutls/crypto.h>\n")
        self.bad(rule, "server/store/store.c", "#include <jansson.h>\n", "#include <sqlite3.h>\n")
        self.good(rule, "server/http/http.c", "#include <microhttpd.h>\n")
        self.good(rule, "server/store/db/db.h", "#include <sqlite3.h>\n")
        self.good(rule, "server/api/codec/codec_job.c", "#include <jansson.h>\n")

    def test_arrows_point_down(self):
        rule = rules.arrows_point_down
        self.bad(rule, "server/tools/log.c", '#include "state/job.h"\n', '#include "core/net.h"\n')
        self.bad(rule, "server/store/store.c", '#include "api/reply.h"\n',
                 '#include "ingest/number.h"\n', '#include "server/http/http.h"\n')
        self.bad(rule, "server/api/api_job.c", '#include "app.h"\n', '#include "http/http.h"\n')
        self.bad(rule, "server/worker.c", '#include "api/reply.h"\n')
        self.bad(rule, "server/strange/room.c", "")
        self.good(rule, "server/main.c",
                  '#include "commands/command.h"\n#include "app.h"\n')
        self.good(rule, "server/app.c", '#include "http/http.h"\n#include "worker.h"\n')
        self.good(rule, "server/store/store.c", '#include "state/job.h"\n#include "core/net.h"\n')

    def test_functions_keep_their_budgets(self):
        rule = rules.functions_keep_their_budgets
        self.bad(rule, "core/a.c", "void f(void)\n{\n" + "    a();\n" * 58 + "}\n",
                 "void f(int a, int b, int c, int d, int e, int g) { }",
                 "void f(void) { if (a) for (;;) if (b) while (c) d(); }")
        self.good(rule, "core/a.c", "void f(void)\n{\n" + "    a();\n" * 57 + "}\n",
                  "void f(int a, int b, int c, int d, int e) { }",
                  "static enum MHD_Result f(int a, int b, int c, int d, int e, int g) { }",
                  "static int SQLITE_CALLBACK f(int a, int b, int c, int d, int e, int g) { }",
                  "void f(void) { if (a) for (;;) if (b) d(); }")

    def test_long_functions_are_few(self):
        long = "void f(void)\n{\n" + "    a();\n" * 40 + "}\n"
        short = "void g(void) { }\n"
        self.bad(rules.long_functions_are_few, "core/a.c", long + short * 18)
        self.good(rules.long_functions_are_few, "core/a.c", long + short * 19)

    def test_files_keep_their_budgets(self):
        self.bad(rules.files_keep_their_budgets, "core/a.c", "int a;\n" * 401)
        self.bad(rules.files_keep_their_budgets, "core/a.h", "int a;\n" * 91)
        self.good(rules.files_keep_their_budgets, "core/a.c", "int a;\n" * 400)
        self.good(rules.files_keep_their_budgets, "core/a.h", "int a;\n" * 90)
        self.assertTrue(list(rules.lines_keep_their_width({"a": "x" * 101})))
        self.assertFalse(list(rules.lines_keep_their_width({"a": "x" * 100})))

    def test_files_begin_with_their_charter(self):
        rule = rules.files_begin_with_their_charter
        self.bad(rule, "core/a.c", "", "int a;\n", "#include <a.h>\n/* late */\n", "\n/* late */\n")
        self.good(rule, "core/a.c", "/* What it is. */\nint a;\n")

    def test_modules_keep_their_rules(self):
        for text in ("let a;\n", "// A.\na.innerHTML = b;\n", "// A.\neval(a);\n",
                     "// A.\na.setAttribute('style', b);\n", "// A.\n" + "a();\n" * 401):
            with self.subTest(text[:40]):
                self.assertTrue(list(rules.modules_keep_their_rules({"a.js": text})))
        self.assertEqual(list(rules.modules_keep_their_rules({"a.js": "// A.\na.append(b);\n"})),
                         [])

    def test_routes_are_in_one_table(self):
        rule = rules.routes_are_in_one_table
        self.bad(rule, "server/api/api_job.c", 'const char *p = "/v1/jobs";')
        self.good(rule, "server/api/route.c", 'const char *p = "/v1/jobs";')
        self.good(rule, "server/api/api_job.c", "/* POST /v1/jobs */ int a;")

    def test_the_schema_is_commented(self):
        bad = ("CREATE TABLE a (\n    id TEXT, -- its id\n) STRICT;",
               "CREATE TABLE a (\n    -- A table.\n    id TEXT,\n    n REAL -- n\n) STRICT;",
               "CREATE TABLE a (\n    -- A table.\n    id TEXT, -- its id\n    n REAL\n) STRICT;",
               "CREATE TABLE IF NOT EXISTS a (id TEXT);")
        good = ("CREATE TABLE a (\n    -- A table.\n    id TEXT, -- its id\n"
                "    count INTEGER NOT NULL\n        CHECK (count > 0), -- how many\n"
                "    PRIMARY KEY (id)\n) STRICT;")
        for text in bad:
            self.assertTrue(list(rules.schema_is_commented("a.sql", text)))
        self.assertEqual(list(rules.schema_is_commented("a.sql", good)), [])

    def test_tokens_are_compared_in_constant_time(self):
        loop = ("Scope access_scope(Access *a, const char *d)\n{\n    Scope scope = 0;\n"
                "    for (size_t i = 0; i < a->n; i++)\n        if (%s(a->d[i], d))\n"
                "            scope = a->s[i];%s\n    return scope;\n}\n")
        for name, more, good in (("digest_equal", "", True), ("!strcmp", "", False),
                                 ("digest_equal", " break;", False),
                                 ("digest_equal", " return 1;", False)):
            found = list(rules.tokens_are_compared_in_constant_time(Source(loop % (name, more))))
            self.assertEqual(not found, good, name + more)


if __name__ == "__main__":
    unittest.main()
