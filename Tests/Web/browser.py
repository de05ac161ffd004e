"""A headless Chromium, driven over the pipe of its DevTools protocol
(https://chromedevtools.github.io/devtools-protocol/), so that only the browser must be installed."""

import itertools
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading

NAMES = ("chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable")

# Seconds, longer than any step takes on a busy machine. The timeout of an answer is longer than that of a condition
# in the page, because the page can report what it saw.
TIMEOUT = 45


def program() -> str:
    """The path of the browser: $CHROMIUM, or the first installed browser."""
    found = [path for name in (os.environ.get("CHROMIUM", ""), *NAMES) if name and (path := shutil.which(name))]
    if not found:
        raise RuntimeError(f"no browser here: install {NAMES[0]}, or name one in CHROMIUM")
    return found[0]


class Browser:
    """A browser process; `page` opens pages in it. Requests and answers are JSON texts that end in a zero byte."""

    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="sluice-web-", ignore_cleanup_errors=True)
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        # The browser expects its ends of the pipes at the descriptors 3 and 4.
        script = 'exec "$@" 3<&"$IN" 4>&"$OUT"'
        command = [program(), "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
                   f"--user-data-dir={self._profile.name}"]
        self._process = subprocess.Popen(
            ["bash", "-c", script, "bash", *command], pass_fds=(requests, answers), stderr=subprocess.DEVNULL,
            env={**os.environ, "IN": str(requests), "OUT": str(answers)})
        os.close(requests)
        os.close(answers)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.Queue] = {}
        self._pages: dict[str, "Page"] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def call(self, method: str, parameters: dict | None = None, session: str | None = None) -> dict:
        """Sends a command and waits for its result."""
        number = next(self._numbers)
        answer = self._waiting[number] = queue.Queue(1)
        request = {"id": number, "method": method, "params": parameters or {}}
        if session:
            request["sessionId"] = session
        os.write(self._requests, json.dumps(request).encode() + b"\0")
        found = answer.get(timeout=2 * TIMEOUT)
        del self._waiting[number]
        if "error" in found:
            raise RuntimeError(f"{method}: {found['error']['message']}")
        return found["result"]

    def _listen(self):
        with os.fdopen(self._answers, "rb") as answers:
            rest = b""
            while piece := answers.read1():
                *messages, rest = (rest + piece).split(b"\0")
                for message in map(json.loads, messages):
                    if "id" in message:
                        self._waiting[message["id"]].put(message)
                    elif page := self._pages.get(message.get("sessionId", "")):
                        page.hear(message["method"], message["params"])

    def page(self, width: int = 1280, height: int = 1600) -> "Page":
        """Opens an empty page."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self._pages[session] = Page(self, target, session)
        page.prepare(width, height)
        return page

    def close(self):
        """Ends the browser and deletes its profile."""
        self.call("Browser.close")
        self._process.wait(TIMEOUT)
        os.close(self._requests)
        self._profile.cleanup()


class Page:
    """A page, with its requests and its errors."""

    def __init__(self, browser: Browser, target: str, session: str):
        self._browser, self._target, self._session = browser, target, session
        self.complaints: list[str] = []
        self.failed_requests: list[str] = []
        self.requests: list[str] = []

    def prepare(self, width: int, height: int):
        """Sets the size and subscribes to events."""
        for domain in ("Page", "Runtime", "Log", "Network", "Audits", "Accessibility"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def call(self, method: str, **parameters) -> dict:
        """Sends a command for this page."""
        return self._browser.call(method, parameters, self._session)

    def hear(self, method: str, parameters: dict):
        """Records an event."""
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(str([part.get("value") for part in parameters["args"]]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            entry = parameters["entry"]
            list_ = self.failed_requests if entry["source"] == "network" else self.complaints
            list_.append(f"{entry['text']} {entry.get('url', '')}")
        elif method == "Audits.issueAdded" and "contentSecurityPolicyIssueDetails" in parameters["issue"]["details"]:
            self.complaints.append(str(parameters["issue"]["details"]))

    def open(self, url: str):
        """Opens an address. Use `until` to wait for its content."""
        self.call("Page.navigate", url=url)

    def resize(self, width: int, height: int, is_phone: bool = False):
        """Sets the size of the window."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=2 if is_phone else 1, mobile=is_phone)

    def prefer(self, **features: str):
        """Sets media features, such as prefers_color_scheme="dark"."""
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    def evaluate(self, expression: str):
        """The value of an expression. A promise is awaited."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                          userGesture=True)
        if "exceptionDetails" in found:
            details = found["exceptionDetails"]
            raise AssertionError(details.get("exception", {}).get("description") or details["text"])
        return found["result"].get("value")

    def until(self, condition: str, timeout: float = TIMEOUT):
        """Waits until a condition holds. The condition is checked at each change of the document."""
        script = f"""new Promise((done, fail) => {{
          const holds = () => {{ try {{ return {condition}; }} catch {{ return false; }} }};
          const look = () => {{
            if (!holds()) return;
            observer.disconnect(); clearInterval(timer); clearTimeout(end); done(true);
          }};
          const observer = new MutationObserver(look);
          const timer = setInterval(look, 50);
          const end = setTimeout(() => fail(new Error({json.dumps('never: ' + condition)} + '\\n' +
            document.body?.innerText.slice(0, 1500))), {int(timeout * 1000)});
          observer.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
          look();
        }})"""
        while True:
            try:
                self.evaluate(script)
                return
            except RuntimeError as error:
                # The document was replaced. The condition may become true in the new document.
                if "context" not in str(error) and "navigated" not in str(error):
                    raise

    def text(self, selector: str) -> str:
        """The text of an element."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent.trim()")

    def texts(self, selector: str) -> list[str]:
        """The texts of all elements that a selector finds."""
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map((node) => node.textContent)")

    def press(self, key: str, shift: bool = False):
        """Presses a key like a person."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, modifiers=8 if shift else 0,
                      **({"text": "\r"} if key == "Enter" and kind == "keyDown" else {}))

    def place(self, expression: str, x: float = 0.5, y: float = 0.5) -> tuple[float, float]:
        """The point of an element at the given shares of its width and height, in the window."""
        box = self.evaluate(f"""(() => {{
          const node = {expression};
          node.scrollIntoView({{ block: 'center', behavior: 'instant' }});
          const {{ left, top, width, height }} = node.getBoundingClientRect();
          return [left, top, width, height];
        }})()""")
        return box[0] + x * box[2], box[1] + y * box[3]

    def mouse(self, kind: str, x: float, y: float):
        """Moves, presses or releases the mouse: `mouseMoved`, `mousePressed`, `mouseReleased`."""
        button = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)

    def click(self, expression: str, x: float = 0.5, y: float = 0.5):
        """Clicks an element with the mouse."""
        place = self.place(expression, x, y)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.mouse(kind, *place)

    def drag(self, expression: str, begin: float, end: float):
        """Drags over an element from one share of its width to another."""
        (left, y), (right, _) = self.place(expression, begin), self.place(expression, end)
        self.mouse("mouseMoved", left, y)
        self.mouse("mousePressed", left, y)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=(left + right) / 2, y=y, button="left", buttons=1)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=right, y=y, button="left", buttons=1)
        self.mouse("mouseReleased", right, y)

    def back(self):
        """Goes back like the button of the browser."""
        entries = self.call("Page.getNavigationHistory")
        entry = entries["entries"][entries["currentIndex"] - 1]
        self.call("Page.navigateToHistoryEntry", entryId=entry["id"])

    def screenshot(self, path: str, is_whole: bool = True):
        """Writes a picture of the page to a file."""
        import base64
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=is_whole)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))

    def close(self):
        """Closes the page."""
        self._browser.call("Target.closeTarget", {"targetId": self._target})
