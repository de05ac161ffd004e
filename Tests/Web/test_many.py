"""Three hundred producers and two thousand topics in six scripts."""

import json
import unittest
import urllib.request

from stage import StageTest

WORDS = ["orders", "заказы", "订单", "طلبات", "आदेश", "παραγγελίες"]
TOPICS = 2000
CONNECTIONS = 50


class ManyTest(StageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for word in WORDS:
            cls.server.generate("--events", str(10 * CONNECTIONS), "--batch", "10", "--topics", "1", "--topic-prefix",
                                f"{word}.", "--connections", str(CONNECTIONS), "--name", f"{word}-producer")
        cls.topics = [f"{WORDS[number % 6]}.{number:04}" for number in range(TOPICS)]
        # The last names have the most events, because they are beyond every first page by name.
        most = sorted(cls.topics, key=str.encode)[-3:]
        events = [(topic, number) for topic in cls.topics for number in range(1 + 2000 * (topic in most))]
        for at in range(0, len(events), 4000):
            lines = [json.dumps({"topic": topic, "event_id": f"{number}", "timestamp": "2026-01-02T03:04:05Z",
                                 "source": f"{topic.split('.')[0]}-source"}) for topic, number in events[at:at + 4000]]
            request = urllib.request.Request(cls.server.url + "publish", "\n".join(lines).encode(),
                                             {"Content-Type": "application/x-ndjson"})
            with urllib.request.urlopen(request, timeout=60) as answer:
                assert json.load(answer)["received"] == len(lines)
        cls.most = most

    def test_the_dashboard_shows_the_largest_of_all_and_the_true_totals(self):
        total = self.server.get("topics?limit=1")["topics_count"]
        self.assertGreaterEqual(total, TOPICS)
        page = self.page()
        page.until("document.querySelectorAll('#topics tbody a').length === 12")
        largest = self.server.get("topics?order=events&limit=12")["topics"]
        self.assertEqual(page.texts("#topics tbody a"), [topic["topic"] for topic in largest])
        self.assertEqual(set(page.texts("#topics tbody a")[:3]), set(self.most))
        self.assertEqual(page.text("#topics-note"), f"12 of {total:,} topics")
        producers = self.server.get("producers?limit=1")["producers_count"]
        self.assertGreaterEqual(producers, 6 * CONNECTIONS)
        page.until(f"document.querySelector('#producers-note').textContent === '0 connected of {producers} producers'")
        self.keep(page, "many-dashboard")

    def test_the_page_of_producers_has_all_of_them(self):
        producers = self.server.get("producers?limit=1000&order=name")["producers"]
        page = self.page("producers?order=name")
        page.until("document.querySelectorAll('#producers tbody tr').length === 100")
        shown = page.texts("#producers tbody th a:last-child")
        self.keep(page, "many-producers")
        while page.evaluate("!document.querySelector('#next-page').hidden"):
            first = page.text("#producers tbody th a:last-child")
            page.click("document.querySelector('#next-page')")
            page.until(f"document.querySelector('#producers tbody th a:last-child').textContent !== '{first}'")
            shown += page.texts("#producers tbody th a:last-child")
        self.assertEqual([text.rstrip("…") for text in shown], [producer["producer"][:8] for producer in producers])
        page.back()
        page.until(f"document.querySelector('#producers tbody th a:last-child').textContent !== '{shown[-1]}'")

    def test_a_producer_of_every_script_is_found_by_its_name(self):
        page = self.page("producers")
        for word in WORDS:
            page.evaluate(f"""(() => {{
              document.querySelector('#filter').elements.q.value = '{word}-producer';
              document.querySelector('#filter').requestSubmit();
            }})()""")
            page.until(f"document.querySelector('#list-line').textContent === '{CONNECTIONS} producers' && "
                       f"document.querySelector('#producers tbody a').textContent.startsWith('{word}-producer ')")
        page.click("document.querySelector('#producers tbody th a:last-child')")
        page.until("!document.querySelector('#drawer').hidden")
        self.assertIn(f"{WORDS[-1]}-producer", page.text("#drawer-title"))

    def test_a_topic_of_every_script_is_found_by_its_beginning_and_leads_to_its_events(self):
        page = self.page("explore#topics")
        for word in WORDS:
            page.evaluate(f"""(() => {{
              const form = document.querySelector('#topic-filter');
              form.elements.prefix.value = '{word}.0'; form.elements.order.value = 'name';
              form.dispatchEvent(new Event('input'));
            }})()""")
            beginning = sorted((topic for topic in self.topics if topic.startswith(f"{word}.0")), key=str.encode)
            number = f"{len(beginning)} topics"
            page.until(f"document.querySelector('#topics-line').textContent.includes('of {number} with') && "
                       f"document.querySelector('#topics tbody a').textContent === '{beginning[0]}'")
            self.assertEqual(page.texts("#topics tbody a"), beginning[:50])
        page.click("document.querySelector('#topics tbody a')")
        page.until(f"new URLSearchParams(location.search).get('topic') === '{beginning[0]}' && "
                   "document.querySelector('#event-table tbody tr td:nth-child(2)')?.textContent === "
                   f"'{beginning[0]}'")

    def test_topics_are_suggested_while_one_types(self):
        page = self.page("explore")
        page.evaluate("document.querySelector('#filter').elements.topic.focus()")
        page.call("Input.insertText", text="订单.19")
        page.until("[...document.querySelectorAll('#filter datalist option')].length > 0 && "
                   "[...document.querySelectorAll('#filter datalist option')]"
                   ".every((option) => option.value.startsWith('订单.19'))")


if __name__ == "__main__":
    unittest.main()
