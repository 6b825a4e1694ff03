"""One open page: what a reader does with it, and what it says."""

import base64
import json
import time
from pathlib import Path

from tests.helpers.browser.chromium import PATIENCE, Browser, Message

KEYS = {"Enter": ("\r", 13), "Escape": ("", 27), "Tab": ("", 9), "ArrowDown": ("", 40)}
LOUD = ("error", "warning", "assert")


class Page:
    """A tab of the browser. Everything that it asked of the network is kept."""

    def __init__(self, browser: Browser, downloads: Path) -> None:
        self.browser, self.downloads = browser, downloads
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=target, flatten=True)
        self._target, self._session = target, attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Performance"):
            self.call(f"{domain}.enable")
        browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def call(self, method: str, /, **params: object) -> Message:
        """A command of the protocol, to this tab."""
        return self.browser.call(method, self._session, **params)

    def close(self) -> None:
        self.browser.call("Target.closeTarget", targetId=self._target)

    def open(self, address: str) -> None:
        """Load it and wait until all is there."""
        before = len(self._events("Page.loadEventFired"))
        if "loaderId" not in self.call("Page.navigate", url=address):
            return  # another place of the same page
        end = time.monotonic() + PATIENCE
        while len(self._events("Page.loadEventFired")) == before:
            assert time.monotonic() < end, f"{address} does not load"
            time.sleep(0.01)

    def quickest(self, address: str, times: int = 3) -> float:
        """Seconds until it is there, at best: others may be at work on this machine."""
        found = []
        for _ in range(times):
            self.open("about:blank")
            start = time.monotonic()
            self.open(address)
            found.append(time.monotonic() - start)
        return min(found)

    def run(self, script: str) -> object:
        """The value of an expression (a promise is awaited), as JSON carries it."""
        answer = self.call(
            "Runtime.evaluate",
            expression=script,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, script: str, seconds: float = 20.0) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.run(f"Boolean({script})"):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.02)

    def press(self, key: str) -> None:
        """A key, down and up."""
        text, code = KEYS[key]
        for kind in ("keyDown", "keyUp"):
            words = {"text": text} if text and kind == "keyDown" else {}
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **words,
            )

    def click(self, selector: str) -> None:
        """Bring the first such element into sight and click it."""
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def size(self, width: int, height: int = 900) -> None:
        """The window's size in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str) -> None:
        """What the system asks for: light or dark."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.call("Emulation.setEmulatedMedia", features=features)

    def downloaded(self, name: str, seconds: float = 20.0) -> str:
        """The text of a file that was downloaded."""
        end, file = time.monotonic() + seconds, self.downloads / name
        while not (file.exists() and file.stat().st_size):
            assert time.monotonic() < end, f"{name} was not downloaded"
            self.run("1")
            time.sleep(0.05)
        return file.read_text(encoding="utf-8")

    def picture(self, file: Path) -> None:
        """What is seen, as PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def _events(self, method: str) -> list[Message]:
        self.run("1")
        own = [event for event in self.browser.events if event.get("sessionId") == self._session]
        return [event["params"] for event in own if event["method"] == method]

    def requests(self) -> list[str]:
        """Every address that the page asked for, those inside of it (data:, blob:) left out."""
        asked = [event["request"]["url"] for event in self._events("Network.requestWillBeSent")]
        return [url for url in asked if not url.startswith(("data:", "blob:"))]

    def complaints(self) -> list[str]:
        """Errors and warnings of the console, and exceptions that nobody caught."""
        said = [json.dumps(event) for event in self._events("Runtime.exceptionThrown")]
        for event in self._events("Runtime.consoleAPICalled"):
            said += [json.dumps(event["args"])] if event["type"] in LOUD else []
        for event in self._events("Log.entryAdded"):
            entry = event["entry"]
            said += [entry["text"]] if entry["level"] in LOUD else []
        return said
