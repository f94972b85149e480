"""Whether everybody can use the pages: axe-core's rules (WCAG 2.1 AA) where it is installed, in
light and dark, wide and narrow; and by hand that keys reach all, and that motion can be stilled."""

import json
import unittest

from browser import NARROW, WIDE, BrowserCase
from harness import BUILD
from samples import ENERGY, rows

AXE = sorted(BUILD.glob("ui/lib/python3*/site-packages/axe_playwright_python/axe.min.js"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


class Accessible(BrowserCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(80)
        fit = {"epochs": 30, "validation_split": 0.3}
        cls.job = cls.daemon.train({"x": x, "y": y}, fit, model="one")["id"]
        cls.other = cls.daemon.train({"x": x, "y": y}, {**fit, "learning_rate": 1e7},
                                     model="bad")["id"]

    def pages(self):
        yield "jobs", "#/jobs", ".spark"
        yield "job", f"#/jobs/{self.job}?with={self.other}", ".chips li"
        yield "failed job", f"#/jobs/{self.other}", ".advice p"
        yield "new job", "#/new", ".drop"
        yield "models", "#/models", ".models tbody tr"
        yield "model", "#/models/one/1", ".scatter circle"
        yield "system", "#/system", ".checks li"

    def complaints(self):
        self.script("if (!window.axe) {" + AXE[0].read_text() + "}")
        found = self.browser.execute_async_script("""
            const done = arguments[arguments.length - 1];
            axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}})
                .then((r) => done(r.violations.map((v) => ({rule: v.id, help: v.help,
                    where: v.nodes.slice(0, 3).map((n) => `${n.target}: ${n.failureSummary}`)}))));
            """, RULES)
        return json.dumps(found, indent=1) if found else ""

    @unittest.skipUnless(AXE, "axe-core is not in build/ui: it could not be installed from PyPI")
    def test_axe_finds_nothing(self):
        self.browser.set_script_timeout(60)
        for scheme, size in (("light", WIDE), ("dark", NARROW)):
            self.prefer(color_scheme=scheme, reduced_motion="reduce")
            self.resize(*size)
            for name, place, there in self.pages():
                with self.subTest(f"{name}, {scheme}"):
                    self.open(place)
                    self.find(there)
                    if name == "new job":
                        self.choose_file(ENERGY)
                        self.find(".found .figures")
                    self.script("for (const e of document.querySelectorAll('details')) "
                                "e.open = true;")
                    self.assertEqual(self.complaints(), "")
        self.prefer(color_scheme="light")

    def test_keys_alone_reach_everything(self):
        """Tab goes through what can be pressed in the order that it is read, and shows where it
        is."""
        for name, place, there in self.pages():
            with self.subTest(name):
                self.open(place)
                self.find(there)
                passed, wanted = self.script("""
                    const seen = (e) => e.checkVisibility({visibilityProperty: true});
                    const all = [...document.querySelectorAll('a[href], button, select, input, '
                        + 'summary, [tabindex="0"]')].filter((e) => seen(e) && !e.disabled);
                    const ringed = all.filter((e) => {
                        e.focus({focusVisible: true});
                        const ring = getComputedStyle(e.matches('.filters input')
                            ? e.nextElementSibling : e);
                        return document.activeElement === e && ring.outlineStyle !== 'none';
                    });
                    return [ringed.length, all.length];""")
                self.assertGreater(wanted, 5)
                self.assertEqual(passed, wanted)
                self.assertEqual(self.all("[tabindex]:not([tabindex='0']):not([tabindex='-1'])"),
                                 [])

    def test_a_chart_has_a_table_behind_it(self):
        self.open(f"#/jobs/{self.job}")
        self.click(".numbers summary")
        self.wait(lambda: len(self.all(".numbers tbody tr")) == 31, "a row an epoch")
        self.open("#/models/one/1")
        self.find(".scatter")
        self.assertGreaterEqual(len(self.all("#main details table")), 3)

    def test_motion_is_still_where_it_is_asked(self):
        self.prefer(reduced_motion="reduce")
        self.open()
        self.find(".jobs tbody tr")
        moving = self.script("return document.getAnimations().length")
        self.assertEqual(moving, 0)
        self.prefer(reduced_motion="no-preference")


if __name__ == "__main__":
    unittest.main()
