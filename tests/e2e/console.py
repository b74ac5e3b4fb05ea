"""Uses the console of examples/getting_started in a headless Chromium, with the keyboard alone.

usage: console.py PROGRAM FOLDER [TESTS…]

The folder receives screenshots."""

import os
import re
import sys
import tempfile
import unittest
import urllib.parse

from application import Application, RedisServer
from webdriver import Browser, Driver

PROGRAM, FOLDER = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
PASSWORD = "correct horse battery"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SMALL = (320, 640, "dark")
LARGE = (1280, 800, "light")

# Names the focused element as a screen reader does.
FOCUSED = """const at = document.activeElement;
return at.ariaLabel || at.labels?.[0]?.textContent || at.textContent.trim();"""


class Page(Browser):
    """The console in a browser. Its user has a keyboard and no mouse."""

    def focus(self, name):
        """Presses Tab until the element has the focus, and checks that each stop is visible."""
        seen = []
        for _ in range(30):
            self.type("Tab")
            seen.append(self.run(FOCUSED))
            outline = self.run("""const at = document.activeElement;
                const style = getComputedStyle(at);
                return at === document.body ? 3
                  : style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth);""")
            assert outline >= 2, f"the focus on {seen[-1]!r} is not visible"
            if re.fullmatch(name, seen[-1]):
                return
        raise AssertionError(f"Tab does not reach {name!r}: {seen}")

    def press(self, name):
        self.focus(name)
        self.type("Enter")

    def sees(self, text):
        self.wait_for("return document.body.innerText.includes(arguments[0])", text)

    def sign_in(self, button="Sign in", password=PASSWORD):
        self.focus("User name")
        self.run("document.activeElement.select()")
        self.type("ann")
        self.focus("Password")
        self.run("document.activeElement.select()")
        self.type(password)
        self.press(button)

    def has_sessions(self, count):
        self.wait_for("return document.querySelectorAll('#list li').length === arguments[0]", count)

    def counts_down(self, message):
        """Waits until the countdown of a message has shown two different times."""
        script = """return document.querySelector(`#${arguments[0]} .countdown`).textContent
            .match(/^Try again in (\\d+) s\\.$/)?.[1]"""
        first = self.wait_for(script, message)
        self.wait_for(script.replace("return", "const left =") + "; return left < arguments[1]",
                      message, int(first))

    def fits(self):
        """Whether nothing is wider than the window."""
        return self.run("return document.documentElement.scrollWidth <= innerWidth")


class Console(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.driver = Driver(self.directory)
        self.addCleanup(self.driver.stop)
        self.start()

    def start(self, **environment):
        self.app = Application(PROGRAM, self.directory, WEBTOOL_PASSWORD_COST="m=64,t=1,p=1",
                               WEBTOOL_PASSWORD_COST_WEAK="1", **environment)
        self.addCleanup(self.app.stop)

    def open(self, width, height, scheme):
        page = Page(self.driver, width, height, scheme)
        self.addCleanup(page.close)
        page.open(self.app.url)
        self.assertEqual(page.run("return matchMedia('(prefers-color-scheme: dark)').matches"),
                         scheme == "dark")
        return page

    def assert_clean(self, page, *statuses):
        """The log has only the refusals that the test provoked: no error, no CSP violation."""
        for entry in page.log():
            status = re.search(r"responded with a status of (\d+)", entry["message"])
            self.assertTrue(status and int(status[1]) in statuses, entry)
        hosts = page.run("return performance.getEntriesByType('resource').map(e => e.name)")
        self.assertEqual({urllib.parse.urlsplit(host).netloc for host in hosts},
                         {urllib.parse.urlsplit(self.app.url).netloc})

    def walk(self, size, name):
        page = self.open(*size)
        self.assertTrue(page.fits())
        page.focus("User name")
        page.screenshot(os.path.join(FOLDER, f"console-{name}-sign-in.png"))
        page.sign_in("Create account", "short")
        page.sees("Password must have 8 to 1024 bytes.")
        page.sign_in()
        page.sees("The user name or the password is wrong.")
        page.sign_in("Create account")
        page.sees("You are signed in.")
        page.has_sessions(1)
        self.assertEqual(page.run(FOCUSED), "Where you are signed in")
        page.sees("this device")

        other = self.open(*(LARGE if size == SMALL else SMALL))
        other.sign_in()
        other.has_sessions(2)
        page.has_sessions(2)
        self.assertTrue(page.fits())
        self.assertEqual(page.run("return document.querySelectorAll('.badge').length"), 1)

        pair = page.run("return document.getElementById('pair').textContent")
        page.press("Rotate the tokens")
        page.sees("This device has new tokens.")
        self.assertNotEqual(page.run("return document.getElementById('pair').textContent"), pair)

        page.focus("Send a request")
        for _ in range(4):
            page.type("Enter")
        page.wait_for("return document.getElementById('remaining').textContent === '6'")
        page.sees("The next comes back in")
        page.screenshot(os.path.join(FOLDER, f"console-{name}.png"))

        page.press("End session .*")
        page.sees("The session has ended.")
        page.screenshot(os.path.join(FOLDER, f"console-{name}-ended.png"))
        page.has_sessions(1)
        other.sees("This session has ended.")
        self.assertEqual(other.run(FOCUSED), "Sign in")

        self.use_up_the_limit(page, name)

        other.sign_in()
        page.has_sessions(2)
        self.app.request("/login/", form={"username": "ann", "password": PASSWORD})
        page.has_sessions(3)
        revocations = "return performance.getEntriesByType('resource')" \
            ".filter(e => e.name.includes('/token/revoke/')).length"
        before = page.run(revocations)
        page.press("End the others")
        page.sees("All other sessions have ended.")
        self.assertEqual(page.run(revocations), before + 1)
        other.sees("This session has ended.")
        other.sign_in()
        page.has_sessions(2)
        page.press("End all")
        page.sees("All your sessions have ended.")
        other.sees("This session has ended.")
        self.assertTrue(page.fits() and other.fits())
        self.assert_clean(page, 400, 401, 429)
        self.assert_clean(other, 401)

    def use_up_the_limit(self, page, name):
        page.focus("Send a request")
        for _ in range(11):
            page.type("Enter")
        page.sees("429: too many requests.")
        page.counts_down("limit-message")
        self.assertTrue(page.fits())
        page.screenshot(os.path.join(FOLDER, f"console-{name}-limited.png"))
        page.sees("You can try again now.")
        page.type("Enter")
        page.sees("200: the server accepted the request.")
        page.sees("Nothing is used.")

    def test_small_and_dark(self):
        self.walk(SMALL, "dark")

    def test_large_and_light(self):
        self.walk(LARGE, "light")

    def test_a_reload_signs_out_and_ends_the_session(self):
        page = self.open(*LARGE)
        other = self.open(*LARGE)
        page.sign_in("Create account")
        page.has_sessions(1)
        other.sign_in()
        page.has_sessions(2)
        self.assertEqual(page.run("return [localStorage.length, sessionStorage.length, "
                                  "document.cookie]"), [0, 0, ""])
        page.call("POST", "/refresh")
        page.wait_for("return !document.getElementById('account').hidden")
        other.has_sessions(1)

    def test_an_expired_access_token_is_rotated_once(self):
        page = self.open(*LARGE)
        page.sign_in("Create account")
        page.has_sessions(1)
        # The next two requests, which run at the same time, are answered as for an expired token.
        page.run("""const real = window.fetch;
            let expired = 2;
            window.rotations = 0;
            window.fetch = (path, options) => {
              if (path === '/token/refresh/') ++window.rotations;
              if (path !== '/token/refresh/' && expired-- > 0)
                return Promise.resolve(new Response('{}', {status: 401}));
              return real(path, options);
            };""")
        pair = page.run("return document.getElementById('pair').textContent")
        page.wait_for("return document.getElementById('pair').textContent !== arguments[0]", pair)
        self.assertEqual(page.run("return window.rotations"), 1)
        page.press("Rotate the tokens")
        page.sees("This device has new tokens.")
        self.assert_clean(page)

    def test_a_store_that_is_down(self):
        redis = RedisServer(self.directory)
        self.addCleanup(redis.stop)
        self.app.stop()
        self.start(WEBTOOL_CACHE=f"redis://127.0.0.1:{redis.port}/0")
        page = self.open(*SMALL)
        page.sign_in("Create account")
        page.has_sessions(1)
        redis.stop()
        page.sees("503: the service is not available now. Your sessions are not lost.")
        self.assertTrue(page.fits())
        self.assertTrue(page.run("return document.getElementById('account').hidden"))

    def test_too_many_attempts(self):
        page = self.open(*SMALL)
        for _ in range(11):
            self.app.request("/login/", form={"username": "ann", "password": "wrong"})
        page.sign_in()
        page.sees("429: too many requests.")
        page.counts_down("account-message")
        self.assert_clean(page, 429)

    def test_names_of_devices_are_text(self):
        page = self.open(*LARGE)
        page.sign_in("Create account")
        page.has_sessions(1)
        device = "<img src=x onerror=alert(1)>"
        self.app.request("/login/", form={"username": "ann", "password": PASSWORD},
                         headers={"User-Agent": device})
        page.sees(device)
        self.assertEqual(page.run("return document.querySelectorAll('#list img').length"), 0)
        self.assert_clean(page)

    def test_the_policy_is_in_force(self):
        page = self.open(*LARGE)
        for script in ["document.body.innerHTML = '<p>'",
                       "document.body.setAttribute('onclick', 'alert(1)')"]:
            with self.assertRaisesRegex(RuntimeError, "Trusted"):
                page.run(script)
        page.run("document.body.setAttribute('style', 'opacity: 0')")
        self.assertEqual(page.run("return getComputedStyle(document.body).opacity"), "1")
        self.assertIn("Content Security Policy", str(page.log()))


class Answers(unittest.TestCase):
    """`GET /` without a browser."""

    PLAIN = {"Date", "Content-Type", "Content-Length", "Connection"}

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.app = Application(PROGRAM, directory.name)
        self.addCleanup(self.app.stop)

    def test_api_clients_get_the_text(self):
        for accept in [None, "*/*", "application/json", "text/plain", "text/*", "text/htmlx", ""]:
            asked = {} if accept is None else {"Accept": accept}
            status, headers, body = self.app.request("/", headers=asked)
            self.assertEqual(status, 200)
            self.assertTrue(body.startswith(b"This is webtool's example server.\n\nGET  /token/ "))
            self.assertTrue(body.endswith(b"GET /healthz\n"))
            self.assertEqual(set(headers), self.PLAIN)
            self.assertEqual(headers["Content-Type"], "text/plain; charset=utf-8")

    def test_browsers_get_the_page(self):
        for accept in [HTML["Accept"], "text/html", "application/json, Text/HTML;q=0.9"]:
            status, headers, body = self.app.request("/", headers={"Accept": accept})
            self.assertEqual(status, 200)
            self.assertEqual(headers["Content-Type"], "text/html; charset=utf-8")
            self.assertTrue(body.startswith(b"<!doctype html>"))

    def test_each_file_is_protected(self):
        _, _, page = self.app.request("/", headers=HTML)
        files = set(re.findall(r'(?:src|href)="([^"]+)"', page.decode()))
        self.assertEqual(len(files), 3)
        for path in ["/", "/console/api.js", "/console/view.js", *files]:
            status, headers, _ = self.app.request(path, headers=HTML)
            self.assertEqual(status, 200, path)
            policy = headers["Content-Security-Policy"].split("; ")
            for directive in ["default-src 'none'", "script-src 'self'", "style-src 'self'",
                              "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
                              "form-action 'none'"]:
                self.assertIn(directive, policy)
            self.assertNotIn("unsafe", headers["Content-Security-Policy"])
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertNotRegex(page.decode(), r"(?i)\son\w+=|<style|style=|<script>")


if __name__ == "__main__":
    unittest.main()
