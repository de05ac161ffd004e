"""The explorer, the producers and the dead events: light and dark, small and large."""

import json
import tempfile
import unittest

from stage import StageTest
from test_looks import CONTRAST

# The pages with content, and what says that it is there.
PAGES = {
    "explore": ("explore?topic=demo.*&group=source", "document.querySelector('#event-table tbody a') && "
                "document.querySelector('#histogram .column') && document.querySelector('#facets a')"),
    "explore-event": ("explore?topic=odd&shown_topic=odd&shown_id=%20o%E2%80%AEdd",
                      "document.querySelector('#drawer pre')"),
    "producers": ("producers", "document.querySelectorAll('#producers tbody th').length > 1"),
    "dead": ("dead", "document.querySelectorAll('#dead tbody th').length > 0"),
}


class PagesLooksTest(StageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.generate("--events", "5000", "--topics", "12", "--connections", "2", "--name", "shop")
        for source in ("a source", "x" * 255, "\u202eecruos"):
            cls.server.publish(
                topic="demo.long." + "y" * 200, event_id=source, source=source, payload={"text": "z" * 5000})
        cls.server.publish(topic="odd", event_id=" o\u202edd", payload={"nested": {"list": [1, "two", None]}})
        event = {"topic": "odd", "event_id": "dead", "timestamp": "2026-01-02T03:04:05Z", "source": "web-test"}
        with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
            file.write(json.dumps(event)[:-1] + ', "payload": {"n": 1e999999}}\n')
            file.flush()
            cls.server.generate("--input", file.name, status=1)

    def ready(self, name: str):
        path, condition = PAGES[name]
        page = self.page(path)
        page.until(condition)
        page.until("document.querySelector('#condition').textContent.startsWith('Healthy')")
        return page

    def test_light_and_dark_are_legible_at_three_widths(self):
        for name in PAGES:
            page = self.ready(name)
            for width in (390, 900, 1440):
                page.resize(width, 900, is_phone=width == 390)
                for scheme in ("light", "dark"):
                    page.prefer(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
                    page.until(f"innerWidth === {width}")
                    least = page.evaluate(CONTRAST)
                    self.assertGreaterEqual(least["ratio"], 4.5, f"{name}, {width}, {scheme}, {least['where']}")
                    self.keep(page, f"{name}-{width}-{scheme}", is_whole=name != "explore-event")

    def test_nothing_sticks_out_at_any_width(self):
        for name in PAGES:
            page = self.ready(name)
            for width in (320, 390, 620, 900, 1280, 1920):
                page.resize(width, 844, is_phone=width == 390)
                page.until(f"innerWidth === {width} && document.documentElement.scrollWidth === {width}")

    def test_the_keyboard_reaches_everything_and_shows_where_it_is(self):
        for name, wanted in (
                ("explore", {"tail", "group", "event-frame"}), ("producers", {"clear"}), ("dead", {"clear"})):
            page = self.ready(name)
            reached = set()
            for _ in range(40):
                page.press("Tab")
                reached.add(page.evaluate("document.activeElement.id"))
                outline = page.evaluate("document.activeElement === document.body ? 'body' : "
                                        "getComputedStyle(document.activeElement).outlineStyle")
                self.assertNotEqual(outline, "none", f"{name}: {reached}")
                if wanted <= reached:
                    break
            self.assertLessEqual(wanted, reached)

    def test_a_screen_reader_finds_landmarks_and_names(self):
        for name in PAGES:
            page = self.ready(name)
            nodes = [node for node in page.call("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
            found = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes]
            roles = [role for role, _ in found]
            for landmark in ("banner", "main", "navigation", "form", "table"):
                self.assertIn(landmark, roles, name)
            for role in ("button", "textbox", "combobox", "link", "table", "region", "form", "complementary"):
                self.assertNotIn((role, ""), found, f"{name}: {role}")


if __name__ == "__main__":
    unittest.main()
