"""The interface page in a real browser."""

import json
import os
import unittest

from stage import StageTest

SAMPLE = os.path.join(os.path.dirname(__file__), "sample-openapi.json")


class DocsTest(StageTest):
    def sample(self, status: int = 200):
        """The page over a small document with one example of every feature."""
        with open(SAMPLE) as file:
            document = json.dumps(file.read())
        page = self.page("docs", may_fail=True, fetch=f"""String(target).endsWith('/openapi.json')
          ? Promise.resolve(new Response({document}, {{ status: {status} }})) : real(target, options)""")
        page.until("document.querySelectorAll('article').length === 3 || "
                   "document.querySelector('#notice').textContent.startsWith('The interface')")
        return page

    def article(self, operation: str, selector: str = "") -> str:
        return f"document.querySelector('#{operation} {selector}')"

    def test_lists_the_operations_by_tag(self):
        page = self.sample()
        self.assertEqual(page.text("#title"), "Sample")
        self.assertEqual(page.texts("#operations h2"), ["Reading", "Operations"])
        operations = ["GET /events", "GET /events/{topic}/{event_id}", "POST /publish"]
        self.assertEqual(page.texts("#contents a"), operations)
        self.assertEqual(page.texts("article h3")[0], operations[0])
        self.assertEqual(page.texts("#description p"), ["One word.", "Another <b>paragraph</b>."])
        links = "[...document.querySelectorAll('#contents a')]"
        self.assertEqual(page.evaluate(f"{links}.every((link) => document.querySelector(link.hash))"), True)

    def test_shows_parameters_schemas_answers_and_examples(self):
        page = self.sample()
        cells = page.texts("#listEvents tbody > tr > *")
        self.assertEqual([cells[at:at + 4] for at in range(0, len(cells), 4)], [
            ["limit", "query", "integer, 1 to 1000, default 100", ""],
            ["topic", "query", "string, at most 255 characters", "Only this one."],
            ["order", "query", 'string, one of "desc", "asc", default "desc"', ""]])
        text = page.evaluate(f"{self.article('listEvents')}.textContent")
        for part in ("A page.", "Link", "The database is away.", "array of Event", "payload object or null",
                     "topic string, at least 1 character required", '"next_cursor": null', "One event"):
            self.assertIn(part, text)
        self.assertIn("deprecated", page.text("#get-events-topic-event-id- h3"))
        body = page.text("#post-publish")
        for part in ("either Event", "or array of Event, at least 1 element",
                     "#/components/responses/Nowhere is not in the document"):
            self.assertIn(part, body)

    def test_tries_a_request_and_shows_the_answer(self):
        self.server.publish(topic="tried", event_id="t-1", payload={"n": 1.50})
        page = self.sample()
        form = self.article("listEvents", "form")
        page.evaluate(f"{form}.querySelector('[id$=\"-1\"]').value = 'tried'; {form}.requestSubmit()")
        page.until(f"/^200 /.test({form}.querySelector('[role=status]').textContent)")
        page.until(f"{form}.querySelector('.body').textContent.includes('\"event_id\": \"t-1\"')")
        self.assertIn("content-type: application/json", page.text("#listEvents form details pre"))
        self.assertIn("events?topic=tried'", page.text("#listEvents form .sent"))

    def test_tries_a_post_with_a_body(self):
        page = self.sample()
        form = self.article("post-publish", "form")
        self.assertIn("works on the data", page.text("#post-publish form"))
        event = json.dumps(
            {"topic": "posted", "event_id": "p-1", "timestamp": "2026-01-02T03:04:05Z", "source": "docs"})
        page.evaluate(f"{form}.elements.body.value = {json.dumps(event)}; {form}.requestSubmit()")
        page.until(f"/^200 /.test({form}.querySelector('[role=status]').textContent)")
        page.until(f"{form}.querySelector('.answer .body').textContent.includes('\"processed\": 1')")
        command = page.evaluate(f"{form}.querySelector('.sent').textContent")
        self.assertIn("--data-binary '{\"topic\"", command)
        self.assertIn("-H 'Content-Type: application/json'", command)
        self.assertEqual(self.server.get("events/posted/p-1")["source"], "docs")

    def test_tries_a_path_and_shows_a_problem(self):
        page = self.sample()
        form = self.article("get-events-topic-event-id-", "form")
        self.assertEqual(page.evaluate(f"{form}.querySelector('input').value"), "a/b")
        page.evaluate(f"{form}.closest('details').open = true; {form}.requestSubmit()")
        self.assertEqual(page.evaluate(f"{form}.querySelector('.answer').hidden"), True, "a name is missing")
        page.evaluate(f"{form}.querySelectorAll('input')[1].value = 'none such'; {form}.requestSubmit()")
        page.until(f"/^404 /.test({form}.querySelector('[role=status]').textContent)")
        page.until(f"{form}.querySelector('.body').textContent.includes('\"status\": 404')")
        self.assertIn("/events/a%2Fb/none%20such'", page.evaluate(f"{form}.querySelector('.sent').textContent"))

    def test_nothing_sticks_out_at_any_width(self):
        page = self.page("docs")
        page.until("document.querySelectorAll('article').length > 10")
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        for width in (320, 390, 768, 900, 1280):
            page.resize(width, 844)
            page.until(f"innerWidth === {width} && document.documentElement.scrollWidth === {width}")

    def test_says_when_there_is_no_document(self):
        page = self.sample(status=500)
        self.assertRegex(page.text("#notice"), "^The interface cannot be shown: ")

    def test_shows_the_whole_interface_of_the_server_and_every_read_works(self):
        paths = self.server.get("openapi.json")["paths"].values()
        operations = sum(len(item.keys() - {"parameters"}) for item in paths)
        page = self.page("docs", may_fail=True)
        page.until(f"document.querySelectorAll('article').length === {operations}")
        self.assertEqual(page.evaluate("document.body.textContent.includes('is not in the document')"), False)
        asked = page.evaluate("""[...document.querySelectorAll('article form')]
          .filter((form) => form.ariaLabel.startsWith('Try GET ') && form.checkValidity())
          .filter((form) => !form.ariaLabel.endsWith('/stream'))
          .map((form) => { form.requestSubmit(); return form.ariaLabel; })""")
        self.assertGreaterEqual(len(asked), 10)
        lines = ".answer:not([hidden]) [role=status]"
        page.until(f"[...document.querySelectorAll('{lines}')].filter((line) => /^[0-9]/.test(line.textContent)).length"
                   f" === {len(asked)}")
        # The event of the example does not exist.
        self.assertEqual([line[:4] for line in page.texts(lines) if not line.startswith("200 ")], ["404 "])
        page.evaluate("location.hash = '#listEvents'")
        page.until("document.querySelector('#listEvents .fold').open")
        self.keep(page, "docs")


if __name__ == "__main__":
    unittest.main()
