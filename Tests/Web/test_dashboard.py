"""The dashboard in a real browser, over a real server and a real database."""

import json
import tempfile
import unittest

from stage import StageTest

RECEIVED = "document.querySelector('[data-total=received]').textContent"
LIVE = "document.querySelector('#tail-state').textContent === 'Live'"


def row_of(event_id: str) -> str:
    """An expression for the row of an event."""
    rows = "[...document.querySelectorAll('#event-table tbody tr')]"
    return f"{rows}.find((row) => row.cells[2]?.textContent === '{event_id}')"


class DashboardTest(StageTest):
    def test_shows_what_was_published(self):
        self.server.generate("--events", "3000", "--duplicates", "0.35", "--topics", "5", "--connections", "2")
        stats = self.server.get("stats")
        page = self.page()
        page.until(f"{RECEIVED} === '{stats['received']:,}'")
        for name in ("unique_processed", "duplicate_dropped", "dead", "topics_count"):
            self.assertEqual(page.text(f"[data-total={name}]"), f"{stats[name]:,}")
        self.assertIsNone(stats["conflicts"], "nobody looks for them")
        self.assertEqual(page.text("[data-total=conflicts]"), "not counted")
        page.until("document.querySelector('#condition').textContent.startsWith('Healthy')")
        self.assertEqual(page.text("#version"), stats["version"])
        topics = sorted((topic["events"] for topic in self.server.get("topics")["topics"]), reverse=True)[:12]
        page.until(f"document.querySelectorAll('#topics tbody th').length === {len(topics)}")
        self.assertEqual(page.texts("#topics tbody .figure"), [f"{events:,}" for events in topics])
        producers = self.server.get("producers")["producers"]
        page.until("document.querySelectorAll('#producers tbody th').length >= 2")
        received = page.texts("#producers tbody td:nth-child(3)")
        self.assertCountEqual(received, [f"{producer['received']:,}" for producer in producers][:12])

    def test_shows_rates_and_latencies_while_events_arrive(self):
        page = self.page()
        page.until("document.querySelector('[data-figure=accepted]').textContent === '0'")
        self.assertEqual(page.text("[data-figure=commit-p99]"), "–")
        self.server.generate("--events", "20000", "--duplicates", "0.5", "--batch", "100")
        page.until("/^[1-9][0-9,.]*$/.test(document.querySelector('[data-figure=committed]').textContent)")
        page.until("/ m?s$/.test(document.querySelector('[data-figure=commit-p99]').textContent)")
        page.until("/duplicates [1-9].*at most [1-9]/.test(document.querySelector('#rates svg[role=img]').ariaLabel)")
        self.assertRegex(page.text("[data-latency=commit] td"), r"^[0-9.]+ m?s$")
        # The arrow keys move through the chart and show the values of a time.
        page.evaluate("document.querySelector('#rates svg[role=img]').focus()")
        page.press("ArrowLeft")
        page.until("/^At .*Committed/.test(document.querySelector('#rates .moment').textContent)")
        page.press("Escape")
        page.until("document.querySelector('#rates .moment').textContent === ''")

    def test_events_appear_as_they_are_committed(self):
        page = self.page()
        page.until(LIVE)
        number = 12345678901234567890
        self.server.publish(topic="live.tail", event_id="tail-1", payload={"n": number})
        page.until(row_of("tail-1"))
        self.assertEqual(page.evaluate(f"{row_of('tail-1')} === document.querySelector('#event-table tbody tr')"), True)
        self.assertEqual(page.evaluate(f"{row_of('tail-1')}.querySelector('summary').textContent"), f'{{"n":{number}}}')
        self.server.publish(topic="live.tail", event_id="tail-2")
        page.until(f"{row_of('tail-2')}.nextSibling === {row_of('tail-1')}")

    def test_what_was_stored_before_is_listed_below_and_an_event_once(self):
        number = 12345678901234567890
        self.server.publish(topic="listed", event_id="before", payload={"n": number})
        # The list arrives after the stream has shown an event that is in both.
        page = self.page(fetch="""String(target).includes('/events?')
          ? new Promise((go) => { window.go = go; }).then(() => real(target, options)) : real(target, options)""")
        page.until(f"{LIVE} && window.go")
        self.server.publish(topic="listed", event_id="between")
        page.until(row_of("between"))
        page.evaluate("window.go()")
        page.until(row_of("before"))
        self.assertEqual(page.texts("#event-table td:nth-child(3)")[:2], ["between", "before"])
        self.assertEqual(page.evaluate(f"{row_of('before')}.querySelector('summary').textContent"), f'{{"n":{number}}}')

    def test_what_was_stored_before_is_asked_for_until_there_is_an_answer(self):
        self.server.publish(topic="listed", event_id="asked-again")
        page = self.page(fetch="""String(target).includes('/events?') && !window.isRefused
          ? Promise.resolve(new Response('{}', { status: (window.isRefused = true) && 503 })) : real(target, options)""")
        page.until(row_of("asked-again"))
        self.assertEqual(page.evaluate("window.isRefused"), True)

    def test_the_filter_shows_events_of_a_topic_or_prefix_and_source(self):
        for topic, source in (("filter.one", "a"), ("filter.two", "a"), ("filter.two", "b")):
            self.server.publish(topic=topic, event_id=f"old-{topic[-3:]}-{source}", source=source)
        page = self.page()
        self.filter(page, "filter.two", "a")
        page.until(row_of("old-two-a"))
        self.assertEqual(page.evaluate("document.querySelectorAll('#event-table tbody tr').length"), 1)
        self.filter(page, "filter.*", "b")
        self.server.publish(topic="elsewhere", event_id="new-1", source="b")
        self.server.publish(topic="filter.one", event_id="new-2", source="a")
        self.server.publish(topic="filter.one", event_id="new-3", source="b")
        page.until(f"{row_of('new-3')} && {row_of('old-two-b')}")
        self.assertEqual(page.texts("#event-table tbody td:nth-child(3)"), ["new-3", "old-two-b"])
        page.evaluate("document.querySelector('#filter [type=reset]').click()")
        page.until(row_of("new-1"))

    def filter(self, page, topic: str, source: str):
        """Fills the form like a person, and waits until the stream follows the filter."""
        page.until("document.querySelector('#zone').hidden === false")
        page.evaluate(f"""(() => {{
          const form = document.querySelector('#filter');
          form.elements.topic.value = '{topic}'; form.elements.source.value = '{source}';
          form.requestSubmit();
        }})()""")
        page.until(LIVE)

    def test_a_search_says_that_it_searches_until_it_knows_that_there_is_nothing(self):
        page = self.page(fetch="""String(target).includes('nowhere') && String(target).includes('/events?')
          ? new Promise((go) => { window.go = go; }).then(() => real(target, options)) : real(target, options)""")
        self.filter(page, "nowhere.*", "")
        page.until("window.go")
        self.assertEqual(page.text("#event-table .empty"), "Searching …")
        page.evaluate("window.go()")
        empty = "document.querySelector('#event-table .empty').textContent"
        page.until(f"{empty} === 'No event meets these conditions.'")

    def test_stored_events_of_a_prefix_are_listed(self):
        self.server.publish(topic="stored.by.prefix", event_id="long-ago")
        page = self.page()
        self.filter(page, "stored.by.*", "")
        page.until(row_of("long-ago"))

    def test_a_stream_that_ends_is_not_live(self):
        end = "event: end\\ndata: {}\\n\\n"
        page = self.page(fetch=f"""String(target).includes('/events/stream') && !window.isEnded
          ? Promise.resolve(new Response('{end}', {{ status: (window.isEnded = true) && 200 }}))
          : real(target, options)""")
        page.until("document.querySelector('#tail-state').textContent === 'Interrupted; reconnecting'")
        page.until(LIVE)

    def test_names_are_links_to_their_events(self):
        self.server.publish(topic="linked +&", event_id="of this", source="from there")
        page = self.page()
        page.until(row_of("of this"))
        links = f"[...{row_of('of this')}.querySelectorAll('a')]"
        links = page.evaluate(f"{links}.map((link) => link.getAttribute('href'))")
        self.assertEqual(links, [
            "explore?topic=linked+%2B%26",
            "explore?topic=linked+%2B%26&shown_topic=linked+%2B%26&shown_id=of+this", "explore?source=from+there"])

    def test_times_are_shown_in_the_chosen_zone(self):
        self.server.publish(topic="zoned", event_id="zoned", timestamp="2026-01-02T03:04:05Z")
        page = self.browser.page()
        self.addCleanup(page.close)
        page.call("Emulation.setTimezoneOverride", timezoneId="Asia/Kolkata")
        page.open(self.server.url)
        self.filter(page, "zoned", "")
        page.until(row_of("zoned"))
        self.assertEqual(page.evaluate(f"{row_of('zoned')}.cells[0].textContent"), "2026-01-02 08:34:05 +05:30")
        page.until("document.querySelector('#zone').textContent === 'Times: local, +05:30'")
        page.click("document.querySelector('#zone')")
        page.until(f"{row_of('zoned')}.cells[0].textContent === '2026-01-02 03:04:05 UTC'")
        page.call("Page.reload")
        page.until("document.querySelector('#zone').textContent === 'Times: UTC'")
        page.click("document.querySelector('#zone')")

    def test_a_pause_keeps_the_rows_and_counts_what_is_newer(self):
        self.server.publish(topic="pause", event_id="listed")
        page = self.page()
        page.until(f"{LIVE} && {row_of('listed')}")
        page.evaluate("document.querySelector('#pause').click()")
        self.server.publish(topic="pause", event_id="unseen")
        page.until("document.querySelector('#tail-state').textContent === 'Paused, 1 newer'")
        self.assertEqual(page.evaluate(f"{row_of('unseen')} === undefined"), True)
        page.evaluate("document.querySelector('#pause').click()")
        page.until(row_of("unseen"))

    def test_what_producers_send_is_text_and_nothing_else(self):
        evil = "<img src=x onerror=document.title='broken'>"
        page = self.page()
        page.until(LIVE)
        self.server.publish(topic=evil, event_id="evil-live", source=evil, payload={evil: evil})
        page.until(row_of("evil-live"))
        self.assertEqual(page.evaluate(f"{row_of('evil-live')}.cells[1].textContent"), evil)
        again = self.page()
        again.until(row_of("evil-live"))
        for each in (page, again):
            self.assertEqual(each.evaluate("document.querySelectorAll('#content img').length"), 0)
            self.assertEqual(each.evaluate("document.title"), "Sluice")

    def test_a_name_that_turns_its_letters_around_is_shown_with_the_mark_that_does_it(self):
        self.server.publish(topic="a\u202ecba", event_id="turned")
        page = self.page()
        page.until(row_of("turned"))
        self.assertEqual(page.evaluate(f"{row_of('turned')}.cells[1].textContent"), "a⟨U+202E⟩cba")
        page.until("document.querySelector('#topics').textContent.includes('a⟨U+202E⟩cba')")

    def test_dead_events_are_listed_with_their_reason(self):
        line = {"topic": "dead", "event_id": "dead-1", "timestamp": "2026-01-02T03:04:05Z", "source": "web-test"}
        # A number that no database stores. Python's JSON cannot write it.
        text = json.dumps(line)[:-1] + ', "payload": {"n": 1e999999}}'
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
            file.write(text + "\n")
            file.flush()
            self.assertEqual(self.server.generate("--input", file.name, status=1)["dead"], 1)
        page = self.page()
        row = "[...document.querySelectorAll('#dead tbody tr')].find((row) => row.cells[3]?.textContent === 'dead-1')"
        page.until(row)
        self.assertRegex(page.evaluate(f"{row}.cells[1].textContent"), "^A number in the payload is too large")
        self.assertEqual(page.evaluate(f"{row}.cells[1].title"), "payload_number")
        self.assertEqual(page.evaluate(f"{row}.querySelector('pre').textContent"), '{"n": 1e999999}')


if __name__ == "__main__":
    unittest.main()
