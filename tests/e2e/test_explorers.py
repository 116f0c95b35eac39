"""The pages at the endpoint, as a person in a browser uses them: see the schema, log in, ask, change.

Each page sees the gateway and nothing else. What it looked like is in ``test-artifacts``.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Route, expect, sync_playwright

from scripts.assets import TARGET as ASSETS
from services.auth.demo import DEMO_LOGINS
from stitcher.server.explorer.tabs import Tab, read_tabs
from tests.e2e.conftest import ROOT, RunningGateway, run_gateway
from tests.needs import need
from tests.stack import Stack

ARTIFACTS = ROOT / "test-artifacts"
WITHIN = 20_000
"""Milliseconds that a page has for anything: the machine may be busy."""

ADA = DEMO_LOGINS[0]
LOGIN = f'mutation {{ login(email: "{ADA.email}", password: "{ADA.password}") {{ user {{ name }} }} }}'
QUERY = """{
  clients(first: 2) {
    name
    things(first: 2) { serial lastEvent { message } }
  }
}"""
ELSEWHERE = "http://elsewhere.example/graphql"
LINK = f'?endpoint={ELSEWHERE}&tabs=[{{"endpoint":"{ELSEWHERE}","query":"{{ stolen }}"}}]'
"""What whoever sends a link might choose for others, as far as the page lets them."""

CHANGE = 'mutation { updateThingStatus(id: "thing-1", status: MAINTENANCE) { status } }'


class Explorer(NamedTuple):
    """How a person uses one of the pages: reads the schema, writes an operation, looks at the answer."""

    name: str
    read_schema: Callable[[Page], None]
    editor: str
    answer: str
    tab: Callable[[Page, Tab], Locator]

    def open(self, page: Page, tab: Tab, expected: str) -> str:
        """Run what a tab opens with; return the answer, as `run` does."""
        self.tab(page, tab).click()
        return self._answer(page, expected)

    def run(self, page: Page, operation: str, expected: str) -> str:
        """Run an operation; return the answer as it is seen, once what is expected is in it."""
        page.locator(self.editor).click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(operation)
        return self._answer(page, expected)

    def _answer(self, page: Page, expected: str) -> str:
        page.locator(self.editor).click()
        page.wait_for_timeout(500)  # GraphiQL learns an operation's name a moment after it is there
        page.keyboard.press("Control+Enter")
        answer = page.locator(self.answer)
        expect(answer).to_contain_text(expected)
        return answer.inner_text()


def read_playground(page: Page) -> None:
    page.get_by_text("Docs", exact=True).click()
    expect(page.get_by_text("clients(...)")).to_be_visible()
    expect(page.get_by_text("Share")).to_have_count(0)
    page.get_by_text("Docs", exact=True).click()


def read_graphiql(page: Page) -> None:
    page.get_by_role("button", name="Show Documentation Explorer").click()
    page.get_by_role("link", name="Query", exact=True).click()
    expect(page.get_by_role("link", name="clients", exact=True)).to_be_visible()


def read_builtin(page: Page) -> None:
    page.locator("#query").fill("{ __schema { queryType { fields { name } } } }")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#result")).to_contain_text('"clients"')


def named_tab(page: Page, tab: Tab) -> Locator:
    return page.get_by_text(tab.name, exact=True)


def operations_tab(page: Page, tab: Tab) -> Locator:
    operation = re.findall(r"^(?:query|mutation) (\w+)", tab.query, re.MULTILINE)[0]
    return page.get_by_role("tab", name=operation)


EXPLORERS = (
    Explorer("playground", read_playground, ".CodeMirror >> nth=0", ".CodeMirror >> nth=2", named_tab),
    Explorer(
        "graphiql",
        read_graphiql,
        ".graphiql-query-editor .CodeMirror",
        ".result-window .CodeMirror",
        operations_tab,
    ),
    Explorer("builtin", read_builtin, "#query", "#result", named_tab),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; nothing is downloaded."""
    chromium = shutil.which("chromium")
    need(chromium, "Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def shut_in(browser: Browser, gateway: RunningGateway) -> Iterator[tuple[Page, list[str]]]:
    """Open a page that reaches the gateway only; gives what it tried or complained of beyond that, too."""
    trouble: list[str] = []
    origin = gateway.url.removesuffix("/graphql")

    def let_through(route: Route) -> None:
        if route.request.url.startswith(f"{origin}/"):
            route.continue_()
        else:
            trouble.append(f"asked for {route.request.url}")
            route.abort()

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            trouble.append(message.text)

    with browser.new_context(viewport={"width": 1400, "height": 900}) as context:
        context.set_default_timeout(WITHIN)
        context.route("**/*", let_through)
        page = context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("websocket", lambda socket: trouble.append(f"opened {socket.url}"))
        yield page, trouble


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
def test_a_person_logs_in_and_goes_on(
    explorer: Explorer, browser: Browser, stack: Stack, tmp_path: Path
) -> None:
    need(explorer.name == "builtin" or ASSETS.exists(), f"the files of {explorer.name}: make assets")
    expect.set_options(timeout=WITHIN)
    with (
        run_gateway(stack, "", tmp_path / "log", EXPLORER=explorer.name) as gateway,
        shut_in(browser, gateway) as (page, trouble),
    ):
        page.goto(gateway.url + LINK)
        explorer.read_schema(page)
        explorer.run(page, QUERY, "UNAUTHENTICATED")
        explorer.run(page, LOGIN, ADA.name)
        explorer.run(page, CHANGE, "MAINTENANCE")
        answer = explorer.run(page, QUERY, '"serial"')
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{explorer.name}.png")
    assert "errors" not in answer
    assert len(re.findall('"name"', answer)) == 2
    assert '"message"' in answer
    assert trouble == []


@pytest.mark.parametrize("explorer", EXPLORERS, ids=lambda explorer: explorer.name)
def test_a_page_opens_with_what_there_is_to_run(
    explorer: Explorer, browser: Browser, stack: Stack, tmp_path: Path
) -> None:
    need(explorer.name == "builtin" or ASSETS.exists(), f"the files of {explorer.name}: make assets")
    expect.set_options(timeout=WITHIN)
    log_in, four_services, set_status = read_tabs(ROOT / "explorer")
    with (
        run_gateway(stack, "", tmp_path / "log", EXPLORER=explorer.name) as gateway,
        shut_in(browser, gateway) as (page, trouble),
    ):
        page.goto(gateway.url.removesuffix("graphql"))
        answers = [
            explorer.open(page, log_in, ADA.name),
            explorer.open(page, set_status, "MAINTENANCE"),
            explorer.open(page, four_services, '"accounts"'),
        ]
        page.screenshot(path=ARTIFACTS / f"{explorer.name}-tabs.png")
        # A reload keeps what was left.
        page.keyboard.press("Control+End")
        page.keyboard.insert_text("# mine")
        page.wait_for_timeout(1000)  # the pages keep it a moment later
        page.reload()
        editor = page.locator(explorer.editor)
        if explorer.name == "builtin":
            expect(editor).to_have_value(four_services.query + "# mine")
        else:
            expect(editor).to_contain_text("# mine")
    assert not any("errors" in answer for answer in answers)
    assert trouble == []
