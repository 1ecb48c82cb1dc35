"""One browser for all tests of the reports, offline: what a page asks for is counted and refused."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route
from report_pages import Visit, demo_page


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Visit]]:
    """Open HTML as a file; keyword arguments go to the browser context (viewport, color_scheme, java_script_enabled)."""
    with ExitStack() as stack:
        yield lambda content, **settings: stack.enter_context(_visit(browser, tmp_path, content, settings))


@contextmanager
def _visit(browser: Browser, folder: Path, content: str, settings: dict[str, Any]) -> Iterator[Visit]:
    context = browser.new_context(**settings)
    context.add_init_script("window.fired = []; window.fire = name => { window.fired.push(name); };")
    page = context.new_page()
    visited = Visit(page)

    def refuse(route: Route) -> None:
        visited.requests.append(route.request.url)
        route.abort()

    context.route(lambda url: url.startswith(("http:", "https:", "ws:")), refuse)
    page.on("console", lambda message: visited.complaints.append(message.text))
    file = folder / "page.html"
    file.write_text(content)
    page.goto(file.as_uri())
    page.wait_for_timeout(150)
    yield visited
    context.close()


@pytest.fixture(scope="session")
def demo() -> str:
    """A report with one of everything."""
    return demo_page()
