"""What the compiler and the linker were told to guard is in what they made: the daemon, and the
core for each level of the processor. The list is that of the OpenSSF's hardening guide for C."""

import pathlib
import platform
import re
import subprocess
import unittest

from project import BUILD

GUARDS = ["-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=3",
          "-fno-delete-null-pointer-checks", "-fno-strict-overflow", "-fno-strict-aliasing",
          "-fPIE", "-pie", "-Wformat=2", "-Wimplicit-fallthrough", "-Werror=format-security",
          "-Wconversion", "-Wsign-conversion"]
# Each machine's instruction at the place where an indirect call may land.
LANDING = {"x86_64": ("-fcf-protection=full", "endbr64"),
           "aarch64": ("-mbranch-protection=standard", r"paciasp|bti\s+c")}


def said_by(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def readelf(what, file):
    return said_by("readelf", "-W", what, file)


class Hardening(unittest.TestCase):
    def setUp(self):
        self.program = BUILD / "backpropd"
        self.cores = sorted(pathlib.Path(BUILD / "lib" / "backpropd").rglob("*.so.*"))
        self.assertTrue(self.cores)

    def each(self):
        for file in (self.program, *self.cores):
            with self.subTest(file=str(file.relative_to(BUILD))):
                yield file

    def test_the_compiler_was_told(self):
        flags = (BUILD / "flags").read_text().split()
        landing, _ = LANDING.get(platform.machine(), ("-fPIE", ""))
        self.assertEqual([flag for flag in (*GUARDS, landing) if flag not in flags], [])

    def test_code_can_be_loaded_anywhere(self):
        self.assertIn(" PIE", readelf("-d", self.program))
        for file in self.each():
            self.assertRegex(readelf("-h", file), r"Type: +DYN ")
            self.assertNotIn("TEXTREL", readelf("-d", file))

    def test_no_memory_is_both_written_and_executed(self):
        for file in self.each():
            segments = re.findall(r"(?m)^ +(LOAD|GNU_STACK) .* (R?W?E?|[RWE ]{3}) +0x\w+$",
                                  readelf("-l", file))
            self.assertGreaterEqual(len(segments), 4)
            for kind, access in segments:
                self.assertFalse("W" in access and "E" in access, (kind, access))
                self.assertFalse(kind == "GNU_STACK" and "E" in access)

    def test_what_the_loader_fills_in_is_filled_in_at_once_and_then_read_only(self):
        for file in self.each():
            self.assertIn("GNU_RELRO", readelf("-l", file))
            self.assertRegex(readelf("-d", file), r"FLAGS_1.* NOW")

    def test_libraries_come_from_the_system_or_from_beside_the_program(self):
        for file in self.each():
            paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", readelf("-d", file))
            for path in filter(None, ":".join(paths).split(":")):
                self.assertTrue(path.startswith("$ORIGIN/"), path)
        self.assertTrue(re.search("RUNPATH", readelf("-d", self.program)))

    def test_only_what_is_needed_is_loaded(self):
        unused = subprocess.run(["ldd", "-u", self.program], capture_output=True, text=True)
        self.assertNotIn("/lib", unused.stdout)

    def test_stacks_and_copies_are_checked(self):
        for file in self.each():
            symbols = readelf("--dyn-syms", file)
            self.assertIn("__stack_chk_fail", symbols)
            self.assertRegex(symbols, r"__\w+_chk\b")
        self.assertGreaterEqual(len(set(re.findall(r"__(\w+)_chk\b",
                                                   readelf("--dyn-syms", self.program)))), 5)

    @unittest.skipUnless(platform.machine() in LANDING, "this machine has no such instruction")
    def test_indirect_calls_land_where_they_may(self):
        _, landing = LANDING[platform.machine()]
        for file, function in ((self.program, "main"),
                               *((core, "core_build") for core in self.cores)):
            code = said_by("objdump", "-d", f"--disassemble={function}", file)
            with self.subTest(file=str(file.relative_to(BUILD))):
                self.assertRegex(code, rf"<{function}>:\n.*({landing})")


if __name__ == "__main__":
    unittest.main()
