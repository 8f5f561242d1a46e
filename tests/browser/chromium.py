"""A real Chromium, driven over the WebDriver protocol by chromedriver; nothing but Debian's two packages is needed."""

import base64
import json
import pathlib
import urllib.error
import urllib.request

from servers import ServerProcess
from servers.ports import free_ports



class BrowserError(Exception):
    """The browser did not do what it was told; the text is its own."""


class ChromeDriver(ServerProcess):
    """The program that starts browsers and passes commands on."""

    name = "chromedriver"
    stop_seconds = 5

    def __init__(self, folder):
        super().__init__(folder)
        (self.port,) = free_ports(1)

    def command(self):
        return ["/usr/bin/chromedriver", f"--port={self.port}"]

    def environment(self):
        return {"HOME": str(self.folder)}  # what the browser writes stays in the folder

    def is_ready(self):
        try:
            return self.call("GET", "/status")["ready"]
        except (OSError, BrowserError):
            return False

    def call(self, method, path, body=None):
        """One command of the protocol; its value, or BrowserError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            value = json.load(error)["value"]
            raise BrowserError(f"{value['error']}: {value['message']}") from error


class Browser:
    """One window without a screen. A context manager; closed at the end."""

    def __init__(self, driver, width=1280, height=900):
        self.driver = driver
        profile = driver.folder / "profile"
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
                     f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        capabilities = {"alwaysMatch": {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
                                        "goog:chromeOptions": {"binary": "/usr/bin/chromium", "args": arguments}}}
        session = driver.call("POST", "/session", {"capabilities": capabilities})
        self.path = f"/session/{session['sessionId']}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.call("DELETE", self.path)

    def call(self, method, path, body=None):
        return self.driver.call(method, self.path + path, body)

    def open(self, address):
        self.call("POST", "/url", {"url": address})

    def run(self, script, *arguments):
        """What a function body of JavaScript returns, called with the arguments."""
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def press(self, key):
        """A key, pressed and released: a character, or one of the protocol's codes such as TAB."""
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": keys}]})

    def set_screen(self, width, height):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                      mobile=False)

    def set_media(self, **features):
        """Such as prefers_color_scheme="dark"."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.devtools("Emulation.setEmulatedMedia", features=named)

    def console(self):
        """What the page wrote to the browser's console since the last call, errors of loading included."""
        return self.call("POST", "/se/log", {"type": "browser"})

    def screenshot(self, file):
        pathlib.Path(file).write_bytes(base64.b64decode(self.call("GET", "/screenshot")))


TAB = "\ue004"
