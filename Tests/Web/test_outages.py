"""The dashboard while a server or the database is unavailable."""

import unittest

from server import Sluiced
from stage import StageTest

CONDITION = "document.querySelector('#condition').textContent"
ALARM = "document.querySelector('#alarm').textContent"


def is_old(section: str) -> str:
    """An expression for: a section says that its figures are old."""
    return (f"document.querySelector('#{section}').classList.contains('old') && "
            f"document.querySelector('#{section} .as-of').textContent.startsWith('From ')")


def is_marked(section: str) -> str:
    """An expression for: a section says that its figures are old, or that it has none yet."""
    return (f"document.querySelector('#{section}').classList.contains('old') && "
            f"/^(From |Not known yet)/.test(document.querySelector('#{section} .as-of').textContent)")


class DatabaseOutageTest(StageTest):
    def test_says_that_the_database_is_unavailable_and_when_it_is_back(self):
        self.server.generate("--events", "500")
        page = self.page(may_fail=True)
        page.until(f"{CONDITION}.startsWith('Healthy')")
        page.until("document.querySelector('[data-total=received]').textContent !== '–'")
        received = page.text("[data-total=received]")
        self.postgres.kill()
        page.until(f"{CONDITION} === 'Database unavailable'")
        page.until(f"{ALARM}.startsWith('The database is unavailable')")
        page.until("document.querySelector('#tail-state').textContent === 'Waiting for the database'")
        self.assertEqual(page.evaluate("getComputedStyle(document.querySelector('#alarm')).display"), "block")
        page.until(is_old("totals"))
        self.assertEqual(page.text("[data-total=received]"), received, "the last figures stay")
        # The server still answers, and its queue is of interest now.
        page.until("document.querySelector('#pipeline .as-of').hidden")
        self.keep(page, "database-away")
        self.postgres.start()
        page.until(f"{CONDITION}.startsWith('Healthy')")
        page.until("document.querySelector('#alarm').hidden")
        page.until(f"!({is_old('totals')})")
        page.until("document.querySelector('#tail-state').textContent === 'Live'")
        self.server.publish(topic="outage", event_id="after-the-outage")
        page.until("document.querySelector('#event-table').textContent.includes('after-the-outage')")


class ServerOutageTest(StageTest):
    def test_says_that_the_server_does_not_answer(self):
        server = Sluiced(self.postgres)
        page = self.browser.page()
        self.addCleanup(page.close)
        page.open(server.url)
        page.until(f"{CONDITION}.startsWith('Healthy')")
        page.until("document.querySelector('[data-figure=writers]').textContent !== '–'")
        writers = page.text("[data-figure=writers]")
        server.kill()
        page.until(f"{CONDITION} === 'No answer'")
        page.until(f"/has not answered since/.test({ALARM})")
        page.until(is_old("pipeline"))
        # Some requests may have had no answer yet when the server was killed.
        for section in ("totals", "topics", "producers", "dead"):
            page.until(is_marked(section))
        page.until("document.querySelector('#tail-state').textContent.startsWith('No answer')")
        self.assertEqual(page.text("[data-figure=writers]"), writers, "the last figures stay")
        self.assertEqual(page.complaints, [])
        self.keep(page, "no-answer")


if __name__ == "__main__":
    unittest.main()
