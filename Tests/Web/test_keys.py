"""The pages of a server with credentials."""

import os
import subprocess
import tempfile
import unittest

from browser import Browser
from server import PROGRAMS, Postgres, Sluiced
from stage import StageTest


class KeysTest(StageTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="sluice-", dir="/tmp")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.credentials = os.path.join(cls.directory.name, "credentials.yaml")
        cls.key = cls.change("add", "reader", "--role", "read,admin")
        cls.reader = cls.change("add", "another", "--role", "read")
        cls.publisher = cls.change("add", "third", "--role", "publish")
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.close)
        cls.server = Sluiced(cls.postgres, "--auth-credentials", cls.credentials)
        cls.addClassCleanup(cls.server.close)

    @classmethod
    def change(cls, *words: str) -> str:
        """Runs `sluiced credentials` and returns its standard output."""
        command = [os.path.join(PROGRAMS, "sluiced"), "credentials", *words, "--auth-credentials", cls.credentials]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def enter(self, page, key: str):
        page.evaluate(f"document.querySelector('#key').value = '{key}';"
                      "document.querySelector('#sign-in').requestSubmit()")

    IS_ASKED = "document.querySelector('#sign-in')?.hidden === false"
    HAS_FIGURES = "document.querySelector('[data-figure=connections]').textContent !== '–'"

    def test_asks_once_and_then_shows_the_figures(self):
        page = self.page(may_fail=True)
        page.until(self.IS_ASKED)
        page.until("document.querySelector('#condition').textContent !== 'Loading …'")
        self.keep(page, "sign-in")
        self.enter(page, self.key)
        page.until(self.HAS_FIGURES)
        page.until("document.querySelector('#tail-state').textContent === 'Live'")
        self.assertEqual(page.evaluate(self.IS_ASKED), False)
        self.assertNotIn(self.key, page.evaluate("document.documentElement.outerHTML"))
        self.assertFalse(any(self.key in url for url in page.requests))
        self.assertEqual(page.evaluate("localStorage.length"), 0)

    def test_a_wrong_key_is_told(self):
        page = self.page(may_fail=True)
        page.until(self.IS_ASKED)
        self.enter(page, "sluice_wrong")
        page.until(self.IS_ASKED + " && document.querySelector('#key-reason').textContent.includes('not accept')")

    def test_the_other_pages_ask_once_and_then_show_what_there_is(self):
        page = self.page("explore", may_fail=True)
        page.until(self.IS_ASKED)
        self.enter(page, self.key)
        page.until("document.querySelector('#progress').textContent === 'Everything was searched; nothing found'")
        page.open(self.server.url + "producers")
        page.until("document.querySelector('#producers .empty')?.textContent === 'No producer meets these conditions.'")
        page.open(self.server.url + "dead")
        page.until("document.querySelector('#dead .empty')?.textContent === 'None: all events could be stored.'")
        self.assertEqual(page.evaluate(self.IS_ASKED), False)
        self.assertFalse(any(self.key in url for url in page.requests))

    def test_a_key_without_the_role_is_told(self):
        page = self.page("producers", may_fail=True)
        page.until(self.IS_ASKED)
        self.enter(page, self.reader)
        page.until("/role/.test(document.querySelector('#list-line').textContent)")
        self.assertEqual(page.text("#producers .as-of"), "Not for this key")

    def test_a_tail_that_the_key_may_not_read_is_refused_for_ever(self):
        page = self.page(may_fail=True)
        page.until(self.IS_ASKED)
        self.enter(page, self.publisher)
        page.until("document.querySelector('#tail-state').textContent === 'Refused'")

    def test_the_api_page_sends_the_key(self):
        page = self.page("docs", may_fail=True)
        page.until("document.querySelectorAll('article').length > 3")
        form = "document.querySelector('#getStatistics form, #statistics form, article form')"
        page.evaluate(f"sessionStorage.setItem('sluice-key', '{self.key}')")
        self.assertNotIn(self.key, page.evaluate(f"{form}.textContent"))


if __name__ == "__main__":
    unittest.main()
