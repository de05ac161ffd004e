"""An outage of the database, looked at afterwards, and a dead event that is mended."""

import json
import os
import tempfile
import time
import unittest

from stage import StageTest

# Seconds without the database.
OUTAGE = float(os.environ.get("WEB_OUTAGE", "6"))


class IncidentTest(StageTest):
    def test_a_page_that_is_opened_afterwards_shows_the_outage(self):
        self.server.generate("--events", "2000", "--batch", "100")
        self.postgres.kill()
        time.sleep(OUTAGE)
        self.postgres.start()
        page = self.page(may_fail=True)
        page.until("document.querySelector('#condition').textContent.startsWith('Healthy')")
        said = "document.querySelector('#outages li')?.textContent"
        page.until(f"/^The database was unavailable from .* to .*, for /.test({said})")
        seconds = page.evaluate("""(() => {
          const [, minutes, seconds] = /for (?:(\\d+) min ?)?(?:(\\d+) s)?\\./.exec(
            document.querySelector('#outages li').textContent);
          return 60 * Number(minutes ?? 0) + Number(seconds ?? 0);
        })()""")
        self.assertGreaterEqual(seconds, OUTAGE - 4)
        self.assertLessEqual(seconds, OUTAGE + 20)
        page.until("document.querySelectorAll('.chart .outage').length === 3")
        label = page.evaluate("document.querySelector('#rates svg[role=img]').ariaLabel")
        self.assertIn("The database was unavailable", label)
        # What was committed before the page was opened is in the chart.
        page.until("/Committed .*at most [1-9]/.test(document.querySelector('#rates svg[role=img]').ariaLabel)")
        self.keep(page, "incident")
        page.click("document.querySelector('.spans input[value=\"60\"]')")
        page.until("document.querySelector('#rates svg[role=img]').ariaLabel.startsWith('The last 60 minutes')")
        self.assertEqual(page.evaluate("document.querySelectorAll('.chart .outage').length"), 3)


class DeadTest(StageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        lines = []
        for number in range(3):
            event = {"topic": "dead.orders", "event_id": f"dead-{number}", "timestamp": "2026-01-02T03:04:05Z",
                     "source": "web-test"}
            # A number that no database stores. Python's JSON cannot write it.
            payload = f'{{"n": 1e99999{number}, "big": 12345678901234567890}}'
            lines.append(f'{json.dumps(event)[:-1]}, "payload": {payload}}}')
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            assert cls.server.generate("--input", file.name, status=1)["dead"] == 3

    def test_a_dead_event_is_mended_published_again_and_gone(self):
        page = self.page("dead?topic=dead.orders", may_fail=True)
        rows = "document.querySelectorAll('#dead tbody tr[data-id]').length"
        page.until(f"{rows} === 3")
        self.assertRegex(page.text("#dead tbody th"), "^A number in the payload is too large")
        event_id = page.text("#dead tbody td.key")
        page.click("document.querySelector('#dead tbody th a')")
        page.until("!document.querySelector('#drawer').hidden")
        self.assertIn("1e99999", page.text("#drawer .raw"))
        self.assertIn("All 44 bytes.", page.text("#drawer"))
        self.keep(page, "dead-event")
        # What is wrong still is refused, and the reason is told.
        payload = "document.querySelector('.mend textarea')"
        page.click("document.querySelector('.mend button')")
        page.until("document.querySelector('.mend [role=status]').textContent.startsWith('Not published: ')")
        page.evaluate(f"{payload}.value = '{{'")
        page.click("document.querySelector('.mend button')")
        page.until("document.querySelector('.mend [role=status]').textContent.startsWith('The payload is not JSON')")
        page.evaluate(f"{payload}.value = '{{\"n\": 1, \"big\": 12345678901234567890}}'")
        page.click("document.querySelector('.mend button')")
        page.until("document.querySelector('.mend [role=status]').textContent.startsWith('Stored.')")
        page.until(f"{rows} === 2")
        self.assertNotIn(event_id, page.texts("#dead tbody td.key"))
        page.click("document.querySelector('.mend [role=status] a')")
        page.until("location.pathname === '/explore' && document.querySelector('#drawer pre')")
        self.assertIn('"big": 12345678901234567890', page.text("#drawer pre"))
        # The dead event is marked.
        marked = self.page("dead?topic=dead.orders&republished=true")
        marked.until(f"{rows} === 1")
        self.assertIn("Published again", marked.text("#dead tbody th"))
        self.assertEqual(marked.text("#dead tbody td.key"), event_id)

    def test_the_filter_is_in_the_address_and_back_works(self):
        page = self.page("dead")
        page.until("document.querySelectorAll('#dead tbody tr[data-id]').length > 0")
        page.evaluate("""(() => {
          const form = document.querySelector('#filter');
          form.elements.reason.value = 'topic_length';
          form.elements.reason.dispatchEvent(new Event('change'));
        })()""")
        page.until("location.search === '?reason=topic_length' && "
                   "document.querySelector('#dead .empty')?.textContent === 'No dead event meets these conditions.'")
        page.back()
        page.until("location.search === '' && document.querySelectorAll('#dead tbody tr[data-id]').length > 0")
        self.assertEqual(page.evaluate("document.querySelector('#filter').elements.reason.value"), "")


if __name__ == "__main__":
    unittest.main()
