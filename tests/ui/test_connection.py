"""Signing in, and a daemon that goes and comes back, as the browser sees them."""

import unittest

from browser import BrowserCase
from samples import ENDLESS, rows


class SignIn(BrowserCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        d = cls.daemon
        d.train({"x": [[1], [2], [3]], "y": [1, 2, 3]}, {"epochs": 3}, model="one")
        cls.admin = d.expect(201, d.post("/v1/tokens", {"scope": "admin"}))["token"]
        d.token = cls.admin
        cls.small = d.expect(201, d.post("/v1/tokens", {"scope": "predict"}))["token"]

    def setUp(self):
        super().setUp()
        self.expected_errors = "401|403"
        self.open()
        self.script("sessionStorage.clear()")

    def sign_in(self, token):
        self.find("#sign-in[open]")
        field = self.find("#token")
        field.clear()
        field.send_keys(token + "\n")

    def test_a_token_opens_the_page_for_the_tab(self):
        self.open()
        for wrong in ("bp_\u20ac", "bp_" + 64 * "0"):  # the first cannot even be sent
            self.sign_in(wrong)
            self.find("#token-wrong", "does not know this token")
            self.assertEqual(self.read("#link"), "connected")
        self.sign_in(self.admin)
        self.find("table.jobs tbody tr", "one")
        self.assertEqual(self.script("return [localStorage.length, document.cookie]"), [0, ""])
        self.click("summary")
        self.find(".command", '"Authorization: Bearer $TOKEN"')
        self.browser.refresh()
        self.find("table.jobs tbody tr", "one")
        self.assertNotIn(self.admin, self.browser.page_source)
        self.click("#sign-out")
        self.find("#sign-in[open]")

    def test_requests_that_were_refused_together_are_made_again_together(self):
        self.open()
        self.script("""
            addEventListener('close', (event) => { // it comes a frame late, here many
                if (!event.isTrusted) return;
                event.stopPropagation();
                setTimeout(() => event.target.dispatchEvent(new Event('close')), 200);
            }, true);
            """)
        self.sign_in(self.admin)
        self.find("table.jobs tbody tr", "one")
        self.script("""
            sessionStorage.setItem('backpropd-token', 'bp_revoked');
            import('/ui/api.js').then(({ get }) => Promise.allSettled(
                ['/v1/models', '/v1/jobs', '/v1/datasets'].map((path) => get(path))))
                .then((all) => { window.ended = all.map((one) => one.status); });
            """)
        self.sign_in(self.admin)
        self.wait(lambda: self.script("return window.ended"), "all answers")
        self.assertEqual(self.script("return window.ended"), 3 * ["fulfilled"])

    def test_a_token_of_a_small_scope_is_told_what_it_may_not(self):
        self.open()
        self.sign_in(self.small)
        self.find(".failure", "This token is not trusted with that")
        self.click("nav a", "Models")
        self.click("table.models a", "one")
        self.find(".predicted")
        self.find(".page", "this token may not read them")


class Gone(BrowserCase):
    def test_the_page_says_when_the_daemon_is_gone_and_goes_on_when_it_is_back(self):
        self.expected_errors = "ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|503"
        options = self.daemon.options
        port = f"--listen=127.0.0.1:{self.daemon.address[1]}"
        dataset = self.daemon.add_dataset(*rows(300, 4))["id"]
        job = self.daemon.start_job(dataset, {**ENDLESS, "checkpoint_seconds": 0.2}, model="long")
        self.open(f"#/jobs/{job['id']}")
        self.find(".plot canvas")
        self.find(".head .badge", "running")
        self.daemon.kill()
        self.find("#gone", "The daemon does not answer.")
        self.assertEqual(self.read("#link"), "no answer")
        self.assertTrue(self.all(".plot canvas"))
        try:
            self.daemon.options = (*options, port)
            self.daemon.start()
        finally:
            self.daemon.options = options
        self.gone("#gone")
        self.find("#link", "connected")
        self.find(".head .badge", "running")

        def epoch():
            return int(self.read(".told", "Epoch").split(" ")[1].replace(",", ""))
        before = self.wait(epoch, "an epoch")
        self.wait(lambda: epoch() > before, "the curve to go on")
        self.daemon.post(f"/v1/jobs/{job['id']}/cancel?discard=true")
        self.find(".head .badge", "cancelled")


if __name__ == "__main__":
    unittest.main()
