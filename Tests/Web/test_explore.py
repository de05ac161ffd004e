"""The explorer in a real browser, over a real server and a real database."""

import json
import os
import sys
import time
import unittest
from datetime import datetime, timedelta, timezone

from stage import StageTest

# Events among which the journey looks for one.
EVENTS = int(os.environ.get("WEB_EVENTS", "20000"))

ROWS = "document.querySelectorAll('#event-table tbody tr:has(a)').length"
DRAWER = "document.querySelector('#drawer')"
# The search and the count are over.
DONE = ("!['searching', undefined].includes(document.querySelector('#progress').dataset.phase) && "
        "['ended', 'empty'].includes(document.querySelector('#count-line').dataset.phase)")

# The shares of the width at which the bars of the histogram begin and end.
COLUMNS = """(() => {
  const whole = document.querySelector('#histogram svg').getBoundingClientRect();
  const boxes = [...document.querySelectorAll('#histogram .column')].map((bar) => bar.getBoundingClientRect());
  return [Math.min(...boxes.map(({ left }) => left)), Math.max(...boxes.map(({ right }) => right))]
    .map((at) => (at - whole.left) / whole.width);
})()"""


def link(text: str, within: str = "document") -> str:
    """An expression for the link with a text."""
    return f"[...{within}.querySelectorAll('a')].find((link) => link.textContent === {json.dumps(text)})"


class JourneyTest(StageTest):
    def count(self, page) -> float:
        """Waits until all events are counted, and returns the seconds. A count that waits goes on by a click."""
        started = time.monotonic()
        phase = "document.querySelector('#count-line')?.dataset.phase"
        while True:
            page.until(f"['ended', 'paused'].includes({phase})", timeout=80)
            if page.evaluate(phase) == "ended":
                return time.monotonic() - started
            page.click("document.querySelector('#count-more')")
            page.until(f"{phase} !== 'paused'")

    def test_from_an_empty_dashboard_to_one_event_by_clicks_alone(self):
        times = {}
        page = self.page()
        page.until("!document.querySelector('#first-event').hidden")
        codes = []
        for tab in range(4):
            page.click(f"document.querySelectorAll('#first-event-tabs button')[{tab}]")
            codes.append(page.text("#first-event-code pre"))
        for code, port in zip(codes, ("http_port", "tcp_port", "tcp_port", "http_port")):
            self.assertIn(str(getattr(self.server, port)), code)
        self.keep(page, "first-event")
        page.click("document.querySelector('#send-first')")
        page.until("document.querySelector('#first-event-answer').textContent.startsWith('Stored')")
        page.until("document.querySelector('#event-table').textContent.includes('demo.hello')")
        started = time.monotonic()
        # A few events take some seconds, too, so that they have a range of time.
        self.server.generate("--events", str(EVENTS), "--topics", "200", "--connections", "4", "--duplicates", "0",
                             "--batch", "100" if EVENTS < 100_000 else "1000",
                             "--rate", str(max(EVENTS // 8, 1) if EVENTS < 100_000 else 1_000_000))
        times["load"] = time.monotonic() - started

        page.until("document.querySelectorAll('#topics tbody a').length === 12")
        topic = page.text("#topics tbody a")
        started = time.monotonic()
        page.click("document.querySelector('#topics tbody a')")
        page.until(f"location.pathname === '/explore' && {ROWS} === 50")
        times["first rows"] = time.monotonic() - started
        self.assertEqual(page.evaluate("document.querySelector('#filter').elements.topic.value"), topic)
        times["histogram"] = self.count(page)
        self.assertEqual(page.text("#progress"), "The first 50; there are more")
        total = page.text("#count-line")
        # A drag over a part of the bars, then one event of it.
        begin, end = page.evaluate(COLUMNS)
        started = time.monotonic()
        page.drag("document.querySelector('#histogram svg')", begin + 0.2 * (end - begin), begin + 0.6 * (end - begin))
        page.until(f"location.search.includes('since=') && {DONE} && {ROWS} > 8")
        times["range"] = time.monotonic() - started
        self.assertNotEqual(page.text("#count-line"), total)
        row = "document.querySelectorAll('#event-table tbody tr')[7]"
        event_id = page.evaluate(f"{row}.cells[2].textContent")
        started = time.monotonic()
        page.click(f"{row}.cells[4]")
        page.until(f"!{DRAWER}.hidden && {DRAWER}.querySelector('pre')")
        times["event"] = time.monotonic() - started
        stored = self.server.get(f"events/{topic}/{event_id}")
        self.assertEqual(json.loads(page.text("#drawer pre")), stored["payload"])
        self.assertEqual(page.text("#drawer-title"), f"Event {event_id}")
        self.keep(page, "journey")

        # The link shows the same in a window of its own.
        address = page.evaluate("location.pathname.slice(1) + location.search")
        other = self.page(address)
        rows = page.evaluate(ROWS)
        other.until(f"!{DRAWER}.hidden && {DRAWER}.querySelector('pre') && {DONE} && {ROWS} === {rows}")
        for selector in ("#drawer", "#event-table tbody", "#count-line"):
            self.assertEqual(other.text(selector), page.text(selector), selector)
        # "Back" closes the event, then shows all times, then the dashboard.
        page.back()
        page.until(f"{DRAWER}.hidden && location.search.includes('since=')")
        page.back()
        page.until("!location.search.includes('since=')")
        self.count(page)
        self.assertEqual(page.text("#count-line"), total)
        page.back()
        page.until("location.pathname === '/' && document.querySelector('#pipeline')")
        # All events are counted step by step, and the page says how far it is.
        started = time.monotonic()
        page.click(link("Explore"))
        page.until("location.pathname === '/explore'")
        self.count(page)
        self.assertEqual(page.text("#count-line"), f"{EVENTS + 1:,} events")
        times["counting all"] = time.monotonic() - started
        words = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times.items())
        print(f"journey among {EVENTS:,} events: {words}", file=sys.stderr)


class ExploreTest(StageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        begin = datetime(2026, 1, 2, tzinfo=timezone.utc)
        for number in range(120):
            words = "needle" if number == 77 else "hay"
            cls.server.publish(
                topic="orders.created" if number % 3 else "orders.paid", event_id=f"e-{number}",
                timestamp=(begin + timedelta(minutes=number)).isoformat(), source=f"shop-{number % 4}",
                payload={"n": number, "customer": {"id": str(number % 10)}, "text": words})

    def explore(self, query: str = ""):
        page = self.page(f"explore{query}")
        page.until(DONE)
        return page

    def search(self, page, **values: str):
        """Fills the form like a person, and waits for the events."""
        script = "".join(f"form.elements.{name}.value = {json.dumps(value)};" for name, value in values.items())
        page.evaluate(f"""(() => {{
          const form = document.querySelector('#filter'); {script}
          document.querySelector('#progress').dataset.phase = 'searching';
          document.querySelector('#count-line').dataset.phase = 'counting';
          form.requestSubmit();
        }})()""")
        page.until(DONE)

    def ids(self, page):
        return page.texts("#event-table tbody td:nth-child(3)")

    def test_every_condition_narrows_the_events_and_is_in_the_address(self):
        page = self.explore()
        for values, expected in (
                ({"topic": "orders.paid"}, 40), ({"topic": "orders.*"}, 120), ({"topic": "", "source": "shop-1"}, 30),
                ({"source": "", "q": "NEEDLE"}, 1), ({"q": "", "event_id": "e-5"}, 1),
                ({"event_id": "", "since": "2026-01-02T01:00:00Z", "until": "2026-01-02T01:10:00Z"}, 10)):
            self.search(page, **values)
            self.assertEqual(page.text("#count-line").split()[0], str(expected), values)
            for name, value in values.items():
                found = page.evaluate(f"new URLSearchParams(location.search).get('{name}')")
                self.assertEqual(found or "", value)
        page.click("document.querySelector('#clear')")
        page.until(f"location.search === '' && {DONE}")

    def test_a_field_of_the_payload_is_a_condition(self):
        page = self.explore()
        page.evaluate("document.querySelector('#more').open = true")
        page.click("document.querySelector('#add-field')")
        page.evaluate("""(() => {
          const [path, value] = document.querySelectorAll('#fields input');
          path.value = 'customer.id'; value.value = '3';
        })()""")
        self.search(page)
        self.assertEqual(page.text("#count-line"), "12 events")
        self.assertEqual(page.evaluate("new URLSearchParams(location.search).get('field.customer.id')"), "3")
        again = self.explore("?field.customer.id=3")
        self.assertEqual(self.ids(again), self.ids(page))
        self.assertEqual(again.evaluate("document.querySelector('#fields input').value"), "customer.id")

    def test_oldest_first_and_more_rows(self):
        page = self.explore("?order=asc&topic=orders.*")
        self.assertEqual(self.ids(page), [f"e-{number}" for number in range(50)])
        page.click("document.querySelector('#more-events')")
        page.until(f"{ROWS} === 100")
        page.click("document.querySelector('#more-events')")
        page.until(f"{ROWS} === 120 && document.querySelector('#more-events').hidden")
        self.assertEqual(page.text("#progress"), "All 120 events")

    def test_the_drawer_leads_on(self):
        page = self.explore("?topic=orders.*")
        page.click(link("e-77"))
        page.until(f"!{DRAWER}.hidden && {DRAWER}.querySelector('pre')")
        self.assertEqual(page.evaluate("document.activeElement.id"), "drawer-title")
        self.assertIn('"text": "needle"', page.text("#drawer pre"))
        self.assertIn("2026-01-02 01:17:00.000000 UTC", page.text("#drawer"))
        page.click("document.querySelector('#next')")
        page.until("document.querySelector('#drawer-title').textContent === 'Event e-76'")
        page.back()
        page.until("document.querySelector('#drawer-title').textContent === 'Event e-77'")
        self.assertEqual(page.evaluate("document.querySelector('tr.open').cells[2].textContent"), "e-77")
        page.click(link("Around this time", DRAWER))
        page.until(f"{DRAWER}.hidden && location.search.includes('until=') && {DONE}")
        self.assertEqual(self.ids(page), ["e-77", "e-76"])
        page.back()
        page.until(f"!{DRAWER}.hidden")
        page.click(link("This source", DRAWER))
        page.until(f"location.search === '?source=shop-1' && {DONE}")
        self.assertEqual(page.text("#count-line"), "30 events")

    def test_the_keyboard_chooses_a_range_and_closes_the_drawer(self):
        page = self.explore("?topic=orders.*&until=2026-01-02T02:00:00Z")
        page.evaluate("document.querySelector('#histogram svg').focus()")
        page.press("Home")
        page.press("ArrowRight")
        page.press("ArrowRight", shift=True)
        page.press("ArrowRight", shift=True)
        self.assertRegex(page.text("#histogram-line"), "^2026-01-02 00:0.* events$")
        page.press("Enter")
        page.until(f"location.search.includes('since=2026-01-02T00%3A0') && {DONE}")
        self.assertGreater(len(self.ids(page)), 1)
        page.evaluate("document.querySelector('#event-table td:nth-child(3) a').focus()")
        page.press("Enter")
        page.until(f"!{DRAWER}.hidden")
        page.press("Escape")
        page.until(f"{DRAWER}.hidden && document.activeElement.tagName === 'A'")

    def test_following_shows_what_is_committed(self):
        page = self.explore("?topic=followed.*")
        self.assertEqual(page.text("#event-table .empty"), "No event meets these conditions.")
        page.click("document.querySelector('#tail')")
        page.until("location.search.includes('tail=1') && document.querySelector('#tail-state').textContent === 'Live'")
        self.server.publish(topic="elsewhere", event_id="other")
        self.server.publish(topic="followed.one", event_id="mine")
        page.until(f"{ROWS} === 1")
        self.assertEqual(self.ids(page), ["mine"])
        page.back()
        page.until("document.querySelector('#tail').ariaPressed === 'false' && "
                   "document.querySelector('#tail-state').textContent === ''")

    def test_a_group_shows_the_topics_of_the_events(self):
        page = self.explore("?source=shop-1&group=topic")
        self.assertEqual(page.texts("#facets a"), ["orders.created", "orders.paid"])
        page.click("document.querySelector('#facets a')")
        page.until("new URLSearchParams(location.search).get('topic') === 'orders.created'")

    def test_an_event_that_is_not_there_and_a_bad_condition_are_told(self):
        page = self.page("explore?shown_topic=none&shown_id=none", may_fail=True)
        page.until(f"!{DRAWER}.hidden")
        self.assertIn("No event with this topic and this id is stored.", page.text("#drawer"))
        bad = self.page("explore?since=yesterday", may_fail=True)
        bad.until("document.querySelector('#progress').textContent.startsWith('Refused: ')")
        self.assertIn("It must be a time", bad.text("#event-table .empty"))

    def test_what_producers_send_is_text_and_nothing_else(self):
        evil = "<img src=x onerror=document.title='broken'>\u202e "
        self.server.publish(topic=evil, event_id=evil, source=evil, payload={evil: evil})
        page = self.page(f"explore?topic={''.join(f'%{byte:02x}' for byte in evil.encode())}")
        page.until(f"{ROWS} === 1 && {DONE}")
        page.click("document.querySelector('#event-table td:nth-child(3) a')")
        page.until(f"!{DRAWER}.hidden && {DRAWER}.querySelector('pre')")
        self.assertEqual(page.evaluate("document.querySelectorAll('#content img, #drawer img').length"), 0)
        self.assertIn("⟨U+202E⟩␣", page.text("#drawer dl"))
        self.assertNotEqual(page.evaluate("document.title"), "broken")

    def test_downloads_have_all_events_of_the_search(self):
        page = self.explore("?topic=orders.paid")
        page.call("Browser.setDownloadBehavior", behavior="deny")
        page.evaluate("""document.addEventListener('click', (event) => {
          if (event.target.download === undefined) return;
          window.asked = event.target.href;
          event.preventDefault();
        })""")
        page.click("document.querySelector('[data-format=csv]')")
        page.until("window.asked")
        path = page.evaluate("window.asked").removeprefix(self.server.url)
        self.assertEqual(path, "events?topic=orders.paid&format=csv&download=1")


if __name__ == "__main__":
    unittest.main()
