"""The page in headless Chromium: it renders, fetches nothing, and the console stays silent."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pyrolint.report.page import PageRun, render

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-pipe",
)

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason=f"needs one of {', '.join(NAMES)}"),
    pytest.mark.skipif(os.name != "posix", reason="hands over pipes by their numbers"),
]


class Browser:
    """A headless browser, spoken to over a pair of pipes in the DevTools protocol."""

    def __init__(self, profile: Path) -> None:
        import fcntl

        read_end, self._commands = os.pipe()
        self._answers, write_end = os.pipe()
        # Chromium reads descriptor 3 and writes descriptor 4; keep ours out of their way.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read_end, write_end)]

        def connect() -> None:
            for end, wanted in zip(ends, (3, 4), strict=True):
                os.dup2(end, wanted)

        assert BROWSER is not None
        self._process = subprocess.Popen(
            [BROWSER, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(3, 4),
            preexec_fn=connect,
        )
        for end in (read_end, write_end, *ends):
            os.close(end)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self.session: str | None = None
        self.events: list[dict[str, Any]] = []

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """The result of one command; events that come before it are kept."""
        number = next(self._numbers)
        message: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def wait_for(self, method: str) -> None:
        while not any(event["method"] == method for event in self.events):
            self._receive()

    def of(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event["method"] == method]

    def evaluate(self, expression: str) -> Any:
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            piece = os.read(self._answers, 65536)
            assert piece, "the browser ended"
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.events.append(message)
        return message

    def close(self) -> None:
        os.close(self._commands)
        os.close(self._answers)
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    try:
        targets = opened.send("Target.getTargets")["targetInfos"]
        (page,) = [target for target in targets if target["type"] == "page"]
        attached = opened.send("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        opened.session = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime", "Audits"):
            opened.send(f"{domain}.enable")
        yield opened
    finally:
        opened.close()


def show(browser: Browser, path: Path) -> None:
    browser.events.clear()
    browser.send("Page.navigate", url=path.as_uri())
    browser.wait_for("Page.loadEventFired")


def complaints(browser: Browser) -> list[dict[str, Any]]:
    methods = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
    return [event for method in (*methods, "Audits.issueAdded") for event in browser.of(method)]


def requests(browser: Browser) -> list[str]:
    return [event["request"]["url"] for event in browser.of("Network.requestWillBeSent")]


def written(name: str, folder: Path) -> Path:
    runs = msgspec.json.decode((HERE / f"page_{name}.json").read_bytes(), type=list[PageRun])
    path = folder / "out.html"
    path.write_text(render(runs, "0.1.0"), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["rich", "many"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1280])
def test_the_page_renders(
    browser: Browser, tmp_path: Path, name: str, scheme: str, width: int
) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.send("Emulation.setEmulatedMedia", features=features)
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.send("Emulation.setDeviceMetricsOverride", **size)
    path = written(name, tmp_path)
    show(browser, path)
    # The icon is a data: URL, which is read where it stands.
    assert [url for url in requests(browser) if not url.startswith("data:")] == [path.as_uri()]
    assert complaints(browser) == []
    # The page itself never scrolls sideways; wide drawings do so inside their frames.
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    bright = sum(int(part) for part in ground[4:-1].split(",")) > 3 * 128
    assert bright == (scheme == "light")
    drawn = browser.evaluate(
        "[...document.querySelectorAll('svg.pg ellipse, svg.plot circle, svg.plot .bar')]"
        ".filter(e => e.getBoundingClientRect().width > 1).length"
    )
    assert drawn >= 10


def test_every_name_fits_its_ellipse(browser: Browser, tmp_path: Path) -> None:
    show(browser, written("rich", tmp_path))
    too_wide = browser.evaluate(
        "[...document.querySelectorAll('.pg-latent, .pg-observed')].filter(node =>"
        " [...node.querySelectorAll('.pg-name, .pg-detail')].some(text =>"
        "  text.getBBox().width > node.querySelector('ellipse').getBBox().width - 6))"
        ".map(node => node.textContent)"
    )
    assert too_wide == []


def test_the_browser_tells_of_what_it_should_not_see(browser: Browser, tmp_path: Path) -> None:
    """The checks above see a fetch, a refused fetch and a script's error where there is one."""
    path = tmp_path / "bad.html"
    path.write_text("<img src='gone.png'><script>throw Error('x')</script>", encoding="utf-8")
    show(browser, path)
    assert len(requests(browser)) == 2
    assert complaints(browser)
    policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
    path.write_text(f"{policy}<img src='gone.png'>", encoding="utf-8")
    show(browser, path)
    assert complaints(browser)
