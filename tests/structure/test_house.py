"""The layout, the floors, the rules and the budgets of the house, held over every file."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

import rules
from project import BUILD, ROOT, c_files, files, text

TOP_LEVEL = {"Makefile", "Dockerfile", "README.md", "LICENSE", "core", "server", "schema", "tests",
             "deploy"}
HIDDEN = {".ci", ".clang-format", ".dockerignore", ".gitignore", ".gitattributes"}
WRITTEN = {".c", ".h", ".py", ".sh", ".sql", ".yaml", ".conf", ".service", ".html", ".css",
           ".js", ""}

# In pieces, so that this file does not find itself.
UNFINISHED = re.compile("|".join(["TO" "DO", "FIX" "ME", "XX" "X:", "HA" "CK:"]))
MACHINE = re.compile("|".join(["/wo" "rk/", "/ro" "ot/", "/ho" "me/[a-z]", "/tmp/ba" "sh"]))


class House(unittest.TestCase):
    def setUp(self):
        self.core, self.server = c_files("core"), c_files("server")
        self.tests = c_files("tests")
        self.code = {**self.core, **self.server}
        self.assertGreater(len(self.core), 5)
        self.assertGreater(len(self.server), 5)

    def none(self, complaints):
        found = list(complaints)
        if found:
            self.fail("\n" + "\n".join(found))

    def test_the_top_level_holds_only_what_is_agreed(self):
        top = {path.parts[0] for path in files()}
        self.assertLessEqual(top, TOP_LEVEL | HIDDEN)
        self.assertLessEqual(TOP_LEVEL, top)

    def test_the_core_stands_alone(self):
        self.none(rules.core_stands_alone(self.core))

    def test_the_core_is_plain_c(self):
        self.none(rules.core_is_plain(self.core))

    def test_libraries_stay_in_their_rooms(self):
        self.none(rules.libraries_stay_in_their_rooms(self.code))

    def test_includes_only_point_down(self):
        self.none(rules.arrows_point_down(self.code))

    def test_functions_keep_their_budgets(self):
        self.none(rules.functions_keep_their_budgets({**self.code, **self.tests}))

    def test_long_functions_are_few(self):
        self.none(rules.long_functions_are_few(self.code))

    def test_files_keep_their_budgets(self):
        self.none(rules.files_keep_their_budgets({**self.code, **self.tests}))

    def test_lines_keep_their_width(self):
        self.none(rules.lines_keep_their_width(
            {path: text(path) for path in files() if path.suffix in WRITTEN
             and path.name != "LICENSE"}))

    def test_the_page_keeps_its_rules(self):
        modules = {path: text(path) for path in files() if path.suffix == ".js"}
        self.assertGreater(len(modules), 10)
        self.none(rules.modules_keep_their_rules(modules))

    def test_every_file_begins_with_its_charter(self):
        self.none(rules.files_begin_with_their_charter({**self.code, **self.tests}))

    def test_every_route_is_in_one_table(self):
        self.assertIn("/v1/jobs", text(pathlib.PurePosixPath("server/api/route.c")))
        self.none(rules.routes_are_in_one_table(self.server))

    def test_tokens_are_compared_in_constant_time(self):
        access = self.server[pathlib.PurePosixPath("server/state/access.c")]
        self.none(rules.tokens_are_compared_in_constant_time(access))
        self.assertIn("gnutls_memcmp(a, b", text(pathlib.PurePosixPath("server/tools/digest.c")))

    def test_every_table_and_column_is_commented(self):
        steps = [path for path in files() if path.parts[0] == "schema" and path.suffix == ".sql"]
        self.assertTrue(steps)
        for step in steps:
            self.none(rules.schema_is_commented(step, text(step)))

    def test_nothing_is_left_unfinished_or_tied_to_a_machine(self):
        for path in files():
            if path.suffix in WRITTEN | {".md"} or path.name in ("Makefile", "Dockerfile"):
                for number, line in enumerate(text(path).splitlines(), 1):
                    self.assertIsNone(UNFINISHED.search(line), f"{path}:{number}")
                    self.assertIsNone(MACHINE.search(line), f"{path}:{number}")

    def test_every_header_compiles_alone(self):
        compiler = shlex.split(os.environ.get("CC", "cc"))
        headers = [path for path in self.code if path.suffix == ".h"]
        flags = ["-std=c11", "-D_DEFAULT_SOURCE", "-D_POSIX_C_SOURCE=200809L", "-I.", "-Iserver",
                 "-isystem", str(BUILD / "gen"), "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                 "-x", "c"]

        def compile_alone(path):
            done = subprocess.run([*compiler, *flags, str(path)], cwd=ROOT, capture_output=True,
                                  text=True)
            return "" if done.returncode == 0 else f"{path}: {done.stderr}"
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            self.none(filter(None, pool.map(compile_alone, headers)))


class Words(unittest.TestCase):
    """What the README and the files of deploy/ must not forget."""

    def setUp(self):
        self.readme = text(pathlib.PurePosixPath("README.md"))

    def test_every_option_is_documented(self):
        done = subprocess.run([BUILD / "backpropd", "--help"], capture_output=True, text=True)
        options = re.findall(r"^\s+--([a-z-]+)", done.stdout, re.MULTILINE)
        self.assertGreaterEqual(len(options), 6)
        for name in options:
            self.assertIn(f"--{name}", self.readme)

    def test_every_source_file_is_on_the_tour(self):
        for path in c_files("core", "server"):
            wing = path.parts[0] == "server" and len(path.parts) > 2
            name = path.parts[1] + "/" if wing else path.stem
            self.assertRegex(self.readme, rf"\b{re.escape(name)}", f"{path} is not in the README")

    def test_every_target_of_the_makefile_is_in_its_help(self):
        makefile = text(pathlib.PurePosixPath("Makefile"))
        phony = re.search(r"^\.PHONY:((?:.*\\\n)*.*)", makefile, re.MULTILINE).group(1)
        for name in set(phony.replace("\\", " ").split()) - {"FORCE", "tests", "fuzzers"}:
            self.assertRegex(makefile, rf"(?m)^{name}:.*## ", name)

    def test_the_unit_is_sound(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not here")
        unit = (ROOT / "deploy" / "backpropd.service").read_text()
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "backpropd.service"
            file.write_text(unit.replace("/usr/local/bin/backpropd", str(BUILD / "backpropd")))
            done = subprocess.run(["systemd-analyze", "verify", file], capture_output=True,
                                  text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_the_unit_is_exposed_to_little(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not here")
        done = subprocess.run(["systemd-analyze", "security", "--offline=true",
                               ROOT / "deploy" / "backpropd.service"], capture_output=True,
                              text=True)
        found = re.search(r"Overall exposure level for backpropd.service: ([\d.]+)", done.stdout)
        self.assertTrue(found, done.stdout + done.stderr)
        self.assertLess(float(found.group(1)), 1.5)

    def test_install_puts_things_below_the_prefix(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["make", "-s", "-o", "build/backpropd", "install", f"DESTDIR={folder}",
                            "PREFIX=/opt/b"], cwd=ROOT, check=True, capture_output=True)
            prefix = pathlib.Path(folder) / "opt" / "b"
            unit = (prefix / "lib/systemd/system/backpropd.service").read_text()
            self.assertIn("ExecStart=/opt/b/bin/backpropd ", unit)
            self.assertNotIn("/usr/local", unit)
            done = subprocess.run([prefix / "bin/backpropd", "--version"], capture_output=True)
            self.assertEqual(done.returncode, 0)
            self.assertTrue((prefix / "share/doc/backpropd/README.md").exists())

    def test_the_example_configuration_has_every_option(self):
        done = subprocess.run([BUILD / "backpropd", "--print-config"], capture_output=True,
                              text=True)
        printed = set(re.findall(r"^([a-z-]+) = ", done.stdout, re.MULTILINE))
        example = text(pathlib.PurePosixPath("deploy/backpropd.conf"))
        self.assertGreaterEqual(len(printed), 6)
        self.assertEqual(set(re.findall(r"^#?([a-z-]+) =", example, re.MULTILINE)), printed)


if __name__ == "__main__":
    unittest.main()
