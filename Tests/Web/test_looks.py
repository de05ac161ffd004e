"""Light and dark, small and large; for eyes, keyboards and screen readers."""

import unittest

from stage import StageTest

# The lowest contrast of text with its background, and its place (WCAG 2.2, "contrast ratio").
CONTRAST = """(() => {
  const channels = (color) => color.match(/[0-9.]+/g).map(Number);
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (node) => {
    for (let each = node; each; each = each.parentElement) {
      const color = channels(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const ratio = (node) => {
    const style = getComputedStyle(node);
    const color = channels(node instanceof SVGElement ? style.fill : style.color);
    const [one, other] = [color, behind(node)].map(luminance).sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05);
  };
  const hasText = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  const seen = [...document.body.querySelectorAll('*')].filter((node) => hasText(node) && node.checkVisibility());
  const name = (node) => `${node.tagName}.${node.getAttribute('class')}: ${node.textContent}`.slice(0, 60);
  return seen.map((node) => ({ ratio: ratio(node), where: name(node) }))
    .reduce((least, each) => (each.ratio < least.ratio ? each : least));
})()"""


class LooksTest(StageTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.generate("--events", "5000", "--topics", "12", "--connections", "2")

    def ready(self):
        """A dashboard on which every part has content."""
        page = self.page()
        page.until("document.querySelector('#tail-state').textContent === 'Live'")
        page.until("document.querySelectorAll('#topics tbody th, #producers tbody th').length > 10")
        page.until("document.querySelectorAll('.chart .area[d]').length === 3")
        page.until("document.querySelectorAll('#event-table td.time').length === 50")
        page.until("document.querySelector('#version').textContent !== ''")
        return page

    def test_light_and_dark_follow_the_system_and_are_legible(self):
        backgrounds = set()
        for scheme in ("light", "dark"):
            page = self.ready()
            # Without transitions, so that no colour is between two values.
            page.prefer(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            backgrounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            least = page.evaluate(CONTRAST)
            self.assertGreaterEqual(least["ratio"], 4.5, f"{scheme}, {least['where']}")
            self.keep(page, scheme)
        self.assertEqual(len(backgrounds), 2)

    def test_a_chosen_theme_is_remembered(self):
        page = self.page()
        page.prefer(prefers_color_scheme="light")
        theme = "document.documentElement.dataset.theme"
        self.assertEqual(page.evaluate(theme), "system")
        for expected in ("light", "dark"):
            page.evaluate("document.querySelector('#theme').click()")
            self.assertEqual(page.evaluate(theme), expected)
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.evaluate("window.isOld = true")
        page.call("Page.reload")
        page.until("window.isOld === undefined && document.readyState === 'complete'")
        self.assertEqual(page.text("#theme"), "Theme: dark")
        self.assertEqual(page.evaluate("getComputedStyle(document.body).backgroundColor"), dark)
        page.evaluate("document.querySelector('#theme').click()")
        self.assertEqual(page.evaluate(theme), "system")

    def test_nothing_sticks_out_at_any_width(self):
        page = self.ready()
        for width in (320, 390, 620, 768, 900, 1080, 1280, 1920):
            page.resize(width, 844, is_phone=width == 390)
            page.until(f"innerWidth === {width} && document.documentElement.scrollWidth === {width}")
            if width == 390:
                self.keep(page, "phone")

    def test_a_screen_reader_finds_landmarks_headings_names_and_captions(self):
        page = self.ready()
        nodes = [node for node in page.call("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]

        def named(role):
            return [node.get("name", {}).get("value", "") for node in nodes if node["role"]["value"] == role]

        for landmark in ("banner", "main", "navigation"):
            self.assertEqual(len(named(landmark)), 1, landmark)
        headings = ["Sluice", "This server now", "Queue", "Events per second", "Recent events", "Dead events"]
        self.assertLessEqual(set(headings), set(named("heading")))
        for role in ("button", "textbox", "link", "table", "region", "meter", "form"):
            self.assertTrue(named(role), role)
            self.assertNotIn("", named(role), role)
        charts = [name for name in named("image") if name.startswith("The last 5 minutes. Now: ")]
        self.assertEqual(len(charts), 3)
        self.assertEqual(len(page.texts("table")), len(page.texts("table > caption:first-child")))

    def test_the_keyboard_reaches_everything_and_shows_where_it_is(self):
        page = self.ready()
        reached = []
        for _ in range(40):
            page.press("Tab")
            here = "document.activeElement"
            reached.append(page.evaluate(f"{here}.id || {here}.textContent.slice(0, 20)"))
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            self.assertNotEqual(outline, "none", reached[-1])
        self.assertEqual(reached[0], "Skip to the figures")
        self.assertIn("theme", reached)
        self.assertIn("Filter", reached)

    def test_nothing_moves_for_who_does_not_want_it(self):
        page = self.page()
        moving = ("[...document.querySelectorAll('*')]"
                  ".filter((node) => getComputedStyle(node).transitionDuration !== '0s').length")
        page.prefer(prefers_reduced_motion="reduce")
        self.assertEqual(page.evaluate(moving), 0)
        page.prefer(prefers_reduced_motion="no-preference")
        self.assertGreater(page.evaluate(moving), 0)


if __name__ == "__main__":
    unittest.main()
