"""The interface page in a real browser."""

import json
import os
import unittest

from stage import StageTest

SAMPLE = os.path.join(os.path.dirname(__file__), "sample-openapi.json")


class DocsTest(StageTest):
    def sample(self, status: int = 200):
        """The page over a small document that has a bit of everything."""
        page = self.browser.page()
        self.addCleanup(self.expect_quiet, page, True)
        with open(SAMPLE) as file:
            document = json.dumps(file.read())
        page.call("Page.addScriptToEvaluateOnNewDocument", source=f"""
          const real = window.fetch;
          window.fetch = (target, options) => (String(target).endsWith('/openapi.json')
            ? Promise.resolve(new Response({document}, {{ status: {status} }})) : real(target, options));""")
        page.open(self.server.url + "docs")
        page.until("document.querySelector('#notice').textContent.startsWith('The interface') || document.querySelectorAll('article').length === 3")
        return page

    def article(self, operation: str, selector: str = "") -> str:
        return f"document.querySelector('#{operation} {selector}')"

    def test_lists_the_operations_by_tag(self):
        page = self.sample()
        self.assertEqual(page.text("#title"), "Sample")
        self.assertEqual(page.evaluate("[...document.querySelectorAll('#operations h2')].map((head) => head.textContent)"), ["Reading", "Operations"])
        self.assertEqual(page.evaluate("[...document.querySelectorAll('#contents a')].map((link) => link.textContent)"),
                         ["GET /events", "GET /events/{topic}/{event_id}", "POST /publish"])
        self.assertEqual(page.evaluate("document.querySelector('#description').innerText"), "One word.\n\nAnother <b>paragraph</b>.")
        self.assertEqual(page.evaluate("document.querySelectorAll('#contents a').length === [...document.querySelectorAll('#contents a')].filter((link) => document.querySelector(link.hash)).length"), True)

    def test_shows_parameters_schemas_answers_and_examples(self):
        page = self.sample()
        rows = page.evaluate(f"[...{self.article('listEvents', 'tbody')}.rows].map((row) => [...row.cells].map((cell) => cell.textContent).join('|'))")
        self.assertEqual(rows, ["limit|query|integer, 1 to 1000, default 100|", "topic|query|string, at most 255 characters|Only this one.",
                                'order|query|string, one of "desc", "asc", default "desc"|'])
        text = page.evaluate(f"{self.article('listEvents')}.textContent")
        for part in ("A page.", "Link", "The database is away.", "array of Event", "topic string, at least 1 character required",
                     "payload object or null", '"next_cursor": null', "One event"):
            self.assertIn(part, text)
        self.assertIn("deprecated", page.evaluate(f"{self.article('get-events-topic-event-id-', 'h3')}.textContent"))
        body = page.evaluate(f"{self.article('post-publish')}.textContent")
        for part in ("either Event", "or array of Event, at least 1 element", "#/components/responses/Nowhere is not in the document"):
            self.assertIn(part, body)

    def test_tries_a_request_and_shows_the_answer(self):
        self.server.publish(topic="tried", event_id="t-1", payload={"n": 1.50})
        page = self.sample()
        form = self.article("listEvents", "form")
        page.evaluate(f"{form}.querySelector('[id$=\"-1\"]').value = 'tried'; {form}.requestSubmit()")
        page.until(f"/^200 /.test({form}.querySelector('[role=status]').textContent)")
        page.until(f"{form}.querySelector('.body').textContent.includes('\"event_id\": \"t-1\"')")
        self.assertIn("content-type: application/json", page.evaluate(f"{form}.querySelector('details pre').textContent"))
        self.assertIn("events?topic=tried'", page.evaluate(f"{form}.querySelector('.sent').textContent"))
        self.assertEqual(page.evaluate("document.querySelectorAll('#post-publish form').length"), 0, "only GET is tried")

    def test_tries_a_path_and_shows_a_problem(self):
        page = self.sample()
        form = self.article("get-events-topic-event-id-", "form")
        self.assertEqual(page.evaluate(f"{form}.querySelector('input').value"), "a/b")
        page.evaluate(f"{form}.requestSubmit()")
        self.assertEqual(page.evaluate(f"{form}.querySelector('.answer').hidden"), True, "a name is missing")
        page.evaluate(f"{form}.querySelectorAll('input')[1].value = 'none such'; {form}.requestSubmit()")
        page.until(f"/^404 /.test({form}.querySelector('[role=status]').textContent)")
        page.until(f"{form}.querySelector('.body').textContent.includes('\"status\": 404')")
        self.assertIn("/events/a%2Fb/none%20such'", page.evaluate(f"{form}.querySelector('.sent').textContent"))

    def test_nothing_sticks_out_at_any_width(self):
        page = self.sample()
        for width in (320, 390, 768, 900, 1280):
            page.resize(width, 844)
            page.until(f"innerWidth === {width} && document.documentElement.scrollWidth === {width}")

    def test_says_when_there_is_no_document(self):
        page = self.sample(status=500)
        self.assertRegex(page.text("#notice"), "^The interface can not be shown: ")

    def test_shows_the_whole_interface_of_the_server_and_every_read_works(self):
        operations = [(path, method) for path, item in self.server.get("openapi.json")["paths"].items() for method in item if method != "parameters"]
        page = self.page("docs", may_fail=True)
        page.until(f"document.querySelectorAll('article').length === {len(operations)}")
        self.assertEqual(page.evaluate("document.body.textContent.includes('is not in the document')"), False)
        asked = page.evaluate("""[...document.querySelectorAll('article form')]
          .filter((form) => form.checkValidity() && !form.ariaLabel.endsWith('/stream'))
          .map((form) => { form.requestSubmit(); return form.ariaLabel; })""")
        self.assertGreaterEqual(len(asked), 10)
        answers = "[...document.querySelectorAll('.answer:not([hidden]) [role=status]')].map((line) => line.textContent)"
        page.until(f"{answers}.length === {len(asked)} && {answers}.every((line) => /^[0-9]/.test(line))")
        # The event of the example is not there.
        self.assertEqual([line[:4] for line in page.evaluate(answers) if not line.startswith("200 ")], ["404 "])
        self.keep(page, "docs")


if __name__ == "__main__":
    unittest.main()
