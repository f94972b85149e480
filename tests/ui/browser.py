"""A headless Chromium for the tests of the dashboard, and what holds on every page of it: no error
in the console, nothing refused by the page's own policy, no request to another host. A test that
fails leaves a picture of what it saw in build/ui-screenshots/."""

import base64
import json
import re
import shutil
import tempfile

from harness import BUILD, SLOWER, Daemon, WireCase, wait_until
from selenium import webdriver
from selenium.common.exceptions import (NoSuchElementException, StaleElementReferenceException,
                                        WebDriverException)
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

SCREENSHOTS = BUILD / "ui-screenshots"
WIDE, NARROW = (1440, 900), (360, 740)
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--hide-scrollbars")


def start_browser(profile):
    options = Options()
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class BrowserCase(WireCase):
    """Tests that share one daemon and one browser; each begins on a blank page, signed out."""

    options = ()
    expected_errors = None  # a pattern of what the console may say in the test that runs

    @classmethod
    def setUpClass(cls):
        cls.profile = tempfile.mkdtemp(prefix="backpropd-chromium-")
        cls.addClassCleanup(shutil.rmtree, cls.profile, ignore_errors=True)
        cls.browser = start_browser(cls.profile)
        cls.addClassCleanup(cls.browser.quit)
        cls.daemon = Daemon(*cls.options)
        cls.addClassCleanup(cls.daemon.close)

    def setUp(self):
        self.expected_errors = None
        self.browser.get("about:blank")
        self.resize(*WIDE)
        self.drain()

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            self.picture()

    def tearDown(self):
        self.check_console()
        self.check_hosts()

    # What holds on every page.

    def drain(self):
        self.browser.get_log("browser")
        self.browser.get_log("performance")

    def check_console(self):
        for entry in self.browser.get_log("browser"):
            known = self.expected_errors and re.search(self.expected_errors, entry["message"])
            if not known:
                self.fail(f"the console says: {entry['message']}")

    def check_hosts(self):
        asked = 0
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Network.requestWillBeSent":
                continue
            url = message["params"]["request"]["url"]
            asked += 1
            self.assertRegex(url, rf"^({re.escape(self.base)}/|data:|blob:{re.escape(self.base)}"
                                  r"|about:blank)")
            self.assertNotIn("bp_", url, "a token in a URL")
        self.assertGreater(asked, 10, "no request was seen, so none was checked")

    def picture(self):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        with (SCREENSHOTS / f"{self.id()}.png").open("wb") as file:
            file.write(base64.b64decode(self.browser.get_screenshot_as_base64()))

    # What a reader does.

    @property
    def base(self):
        return f"http://{self.daemon.address[0]}:{self.daemon.address[1]}"

    def open(self, place=""):
        self.browser.get("about:blank")
        self.browser.get(f"{self.base}/{place}")

    def resize(self, width, height):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def prefer(self, **media):
        """prefer(color_scheme="dark")"""
        features = [{"name": f"prefers-{name.replace('_', '-')}", "value": value}
                    for name, value in media.items()]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, condition, what, seconds=20):
        """A page that changes under us is asked again."""
        def asked():
            try:
                return condition()
            except (NoSuchElementException, StaleElementReferenceException):
                return None
        return wait_until(asked, what, seconds)

    def find(self, selector, text=""):
        """The first element that is seen, with that in its text."""
        return self.wait(lambda: next((e for e in self.all(selector) if e.is_displayed()
                                       and text in e.text), None),
                         f"{selector} {text!r}")

    def read(self, selector, text=""):
        """The text of the first such element that is seen and has some."""
        return self.wait(lambda: next((said for e in self.all(selector) if (said := e.text)
                                       and text in said), None), f"{selector} {text!r} to read")

    def click(self, selector, text=""):
        def clicked():
            try:
                self.find(selector, text).click()
                return True
            except WebDriverException as error:
                if "intercepted" in str(error) or "stale" in str(error):
                    return False
                raise
        wait_until(clicked, f"{selector} {text!r} to be clicked", 20 * SLOWER)

    def gone(self, selector):
        self.wait(lambda: not any(e.is_displayed() for e in self.all(selector)),
                  f"{selector} to go")

    def script(self, code, *given):
        return self.browser.execute_script(code, *given)

    def assertNoSidewaysScroll(self):
        wide, seen = self.script("return [document.documentElement.scrollWidth, innerWidth]")
        self.assertLessEqual(wide, seen)

    def choose_file(self, file):
        self.wait(lambda: self.all("#file"), "a place for a file")[0].send_keys(str(file))

    def drop_file(self, name, text):
        """As a file is dropped from a folder: the page sees the same events."""
        self.wait(lambda: self.all(".drop"), "a place to drop on")
        self.script("""
            const [name, text] = arguments;
            const data = new DataTransfer();
            data.items.add(new File([text], name, {type: 'text/csv'}));
            const zone = document.querySelector('.drop');
            for (const type of ['dragenter', 'dragover', 'drop'])
                zone.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true,
                                                        cancelable: true}));
            """, name, text)
