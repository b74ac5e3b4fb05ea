"""A headless Chromium, over WebDriver: only what the tests of the console need."""

import base64
import http.client
import json
import os
import re
import signal
import subprocess
import time

KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Space": " "}


class Driver:
    """A running chromedriver. It listens on a loopback port that the system selects."""

    def __init__(self, directory):
        # A session of its own, so that stop() also ends browsers that survived their driver.
        self.process = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
            env={**os.environ, "TMPDIR": directory, "HOME": directory})
        for line in self.process.stdout:
            if started := re.search(r"started successfully on port (\d+)", line):
                self.port = int(started[1])
                return
        self.stop()
        raise RuntimeError("chromedriver does not start")

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, None if method != "POST" else json.dumps(body or {}))
            value = json.load(connection.getresponse())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{path}: {value['error']}: {value['message']}")
        return value

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        finally:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
            self.process.stdout.close()


class Browser:
    """One browser with a profile of its own. It can reach nothing but 127.0.0.1."""

    def __init__(self, driver, width, height, scheme):
        self.driver = driver
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--no-first-run", "--disable-background-networking", "--disable-sync",
                     "--disable-component-update", "--lang=en-GB",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]}
        made = driver.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.path = f"/session/{made['sessionId']}"
        self.is_open = True
        self.cdp("Emulation.setDeviceMetricsOverride",
                 {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.cdp("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def call(self, method, path, body=None):
        return self.driver.call(method, self.path + path, body)

    def cdp(self, command, params=()):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": dict(params)})

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait_for(self, script, *arguments, timeout=30):
        """Waits until the script's value is true, and returns it."""
        deadline = time.monotonic() + timeout
        while not (value := self.run(script, *arguments)):
            if time.monotonic() > deadline:
                text = self.run("return document.body.innerText")
                raise AssertionError(f"never true: {script} {arguments}; the page shows:\n{text}")
            time.sleep(0.02)
        return value

    def type(self, text):
        """Presses and releases keys, one after the other, as a keyboard does."""
        keys = [KEYS.get(text, text)] if text in KEYS else list(text)
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call("POST", "/actions",
                  {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def log(self):
        return self.call("POST", "/se/log", {"type": "browser"})

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))

    def close(self):
        if self.is_open:
            self.is_open = False
            self.call("DELETE", "")
