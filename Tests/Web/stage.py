"""Shared by the tests: one browser, one database, one server, and pages that must not report errors."""

import os
import unittest

from browser import Browser, Page
from server import ROOT, Postgres, Sluiced

ARTIFACTS = os.path.join(ROOT, ".artifacts", "web")


class StageTest(unittest.TestCase):
    """A test whose class has its own server."""

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.close)
        cls.server = Sluiced(cls.postgres)
        cls.addClassCleanup(cls.server.close)

    def page(self, path: str = "", may_fail: bool = False, fetch: str | None = None) -> Page:
        """
        A page of this server, which must not complain; requests may fail where the test breaks something.
        `fetch` is an expression of what stands for `fetch(target, options)` there; the real one is `real`.
        """
        page = self.browser.page()
        self.addCleanup(self.expect_quiet, page, may_fail)
        if fetch:
            page.call("Page.addScriptToEvaluateOnNewDocument", source=f"""
              const real = window.fetch;
              window.fetch = (target, options) => {fetch};""")
        page.open(self.server.url + path)
        page.until("document.readyState === 'complete'")
        return page

    def expect_quiet(self, page: Page, may_fail: bool):
        """Checks that the page had no error and sent no request to another host."""
        page.close()
        self.assertEqual(page.complaints, [])
        if not may_fail:
            self.assertEqual(page.failed_requests, [])
        self.assertEqual([url for url in page.requests if not url.startswith((self.server.url, "about:"))], [])

    def keep(self, page: Page, name: str, is_whole: bool = True):
        """Stores a picture of the page, or of the part in the window."""
        page.screenshot(os.path.join(ARTIFACTS, f"{name}.png"), is_whole)


class ModuleStage(StageTest):
    """Tests of modules, which a page without scripts of its own imports."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.open_page = cls.browser.page()
        cls.open_page.open(cls.server.url + "livez")
        cls.open_page.until("document.readyState === 'complete'")

    def value(self, script: str):
        """The value of an expression with promises."""
        return self.open_page.evaluate(script)

    def of(self, module: str, expression: str):
        """The value of an expression that begins with a name that a module exports."""
        return self.value(f"import('/assets/{module}').then((module) => module.{expression})")
