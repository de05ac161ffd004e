"""The modules of the explorer, of names and of times that show nothing, in the browser."""

import json
import unittest

from stage import ModuleStage

NAMES = [
    ("orders.über", "orders.über"), ("a\u202eb", "a⟨U+202E⟩b"), ("\u200b\n", "⟨U+200B⟩⟨U+000A⟩"),
    (" a  b ", "␣a  b␣"),
    ("заказы", "заказы"), ("تجربة", "تجربة"), ("订单", "订单"), ("ध्यान", "ध्यान"), ("שלום", "שלום"),
    ("\u3000x", "⟨U+3000⟩x"), ("a" + "\u0301" * 6, "a" + "\u0301" * 4 + "⟨U+0301⟩" * 2), ("a\u00a0", "a⟨U+00A0⟩"),
    ("\ufeffx\u2066", "⟨U+FEFF⟩x⟨U+2066⟩"), ("\u3164", "⟨U+3164⟩"), ("", ""),
]

TIMES = [
    ("'2026-01-02T03:04:05.123456Z', 'precise'", "2026-01-02 03:04:05.123456 UTC"),
    ("'2026-01-02T03:04:05.123456Z', 'full'", "2026-01-02 03:04:05.123 UTC"),
    ("'2026-01-02T03:04:05Z', 'clock'", "2026-01-02 03:04:05 UTC"), ("now, 'clock'", "03:04:05 UTC"),
    ("'0001-01-01T00:00:00Z', 'full'", "0001-01-01 00:00:00.000 UTC"), ("'nonsense'", "–"), ("null", "–"),
]

STATES = [
    "", "?topic=%D0%B7*", "?topic=+a+&source=b%26c&event_id=%E2%80%AE",
    "?since=-1h&until=2026-01-02T03%3A04Z&by=processed_at",
    "?q=100%25&order=asc&field.a.b=%2B1&field.0=", "?topic=t&tail=1&group=source&shown_topic=t&shown_id=a%2Fb",
]

ANSWERS = """[
  { interval_seconds: 60, events: 2, complete: false, searched_until: '2026-01-02T03:05:30Z', counts: [
    { start: '2026-01-02T03:05:00Z', events: 2, complete: false, groups: [{ name: 'a', events: 2 }], others: 0 }] },
  { interval_seconds: 60, events: 4, complete: true, searched_until: null, counts: [
    { start: '2026-01-02T03:04:00Z', events: 1, complete: true, groups: [], others: 1 },
    { start: '2026-01-02T03:05:00Z', events: 3, complete: true, groups: [{ name: 'b', events: 3 }], others: 0 }] }]"""

HISTORY = """({ series: [
  { interval_seconds: 1, until: '2026-01-02T03:04:05Z', figures: {
    received: [null, 2, 3], unique: [null, 1, 3], duplicates: [null, 1, 0], dead: [null, 0, 0],
    store_available: [null, false, true], commit_p99_ms: [null, 9, 2] } },
  { interval_seconds: 10, until: '2026-01-02T03:04:00Z', figures: {
    received: [10, 20], unique: [10, 20], duplicates: [0, 0], dead: [0, 0], store_available: [false, true],
    commit_p99_ms: [1, 1] } }] })"""


class PageModuleTest(ModuleStage):
    def test_a_name_shows_what_cannot_be_seen(self):
        for name, shown in NAMES:
            self.assertEqual(self.of("names.js", f"visible({json.dumps(name)})"), shown, repr(name))

    def test_a_long_name_is_cut_between_letters(self):
        cut = self.of("names.js", f"clamped({json.dumps('ध्यान' * 5)}, 4)")
        self.assertEqual(cut, {"text": "ध्यानध्यान", "isWhole": False})
        self.assertEqual(self.of("names.js", "clamped('abcd', 4)"), {"text": "abcd", "isWhole": True})
        shown = self.of("names.js", "nameView('x'.repeat(300), { most: 10 }).textContent")
        self.assertEqual(shown, "x" * 10 + "…")
        self.assertEqual(self.of("names.js", "nameView('x'.repeat(300), { most: Infinity }).textContent.length"), 300)

    def test_a_name_is_a_link_and_never_markup(self):
        made = self.of("names.js", "nameView('<b>\\u202e', { href: 'explore' }).outerHTML")
        self.assertIn("&lt;b&gt;<span", made)
        self.assertTrue(made.startswith('<a class="safe" href="explore">'), made)

    def test_times_are_written_with_their_zone(self):
        for arguments, expected in TIMES:
            now = "const now = new Date(Date.UTC(2027, 0, 2, 3, 4, 5));"
            options = "{ utc: true, now }"
            form = arguments if ", " in arguments else f"{arguments}, 'clock'"
            script = f"import('/assets/times.js').then(({{ stamp }}) => {{ {now} return stamp({form}, {options}); }})"
            self.assertEqual(self.value(script), expected, arguments)

    def test_the_state_of_the_explorer_survives_its_address(self):
        for query in STATES:
            script = f"""import('/assets/state.js').then(({{ read, write }}) => {{
              const state = read({json.dumps(query)});
              const again = read(write(state));
              return [JSON.stringify(state) === JSON.stringify(again), new URLSearchParams({json.dumps(query)}).size,
                new URLSearchParams(write(state)).size];
            }})"""
            is_same, given, written = self.value(script)
            self.assertTrue(is_same and given == written, query)

    def test_bars_are_few_and_add_up_over_several_answers(self):
        for seconds, name in ((10, "1s"), (90, "1s"), (3600, "1m"), (86400, "30m"), (30 * 86400, "12h")):
            self.assertEqual(self.of("interval.js", f"barsFor(0, {seconds * 1000}).name"), name)
        self.assertEqual(self.of("interval.js", "barsFor(-62135596800000, 0).since"), -990 * 31 * 86_400_000)
        bars = self.value(f"""import('/assets/interval.js').then(({{ Bars }}) => {{
          const bars = new Bars();
          for (const answer of {ANSWERS}) bars.add(answer);
          return [bars.all.map(({{ events }}) => events), bars.total, bars.isComplete, bars.groups];
        }})""")
        self.assertEqual(bars, [[1, 5], 6, True, [
            {"name": "b", "events": 3}, {"name": "a", "events": 2}, {"name": None, "events": 1}]])

    def test_the_history_of_the_server_becomes_rates_and_outages(self):
        found = self.value(f"""import('/assets/timeline.js').then(({{ Timeline, outagesOf }}) => {{
          const timeline = new Timeline();
          timeline.maxima = {{ commit: 5 }};
          timeline.add({HISTORY});
          timeline.add({HISTORY});
          const samples = timeline.samples.map((each) => [each.accepted, each.committed, each.commitP99]);
          return [samples, outagesOf(timeline.samples).map(({{ from, to, isOver }}) => [(to - from) / 1000, isOver])];
        }})""")
        self.assertEqual(found[0], [[1, 1, 1], [2, 2, 1], [None, None, None], [2, 2, 5], [3, 3, 2]])
        self.assertEqual(found[1], [[10, True], [1, True]])

    def test_an_edit_sends_only_what_was_changed(self):
        body = self.value("""import('/assets/mending.js').then(({ draftOf, bodyOf }) => {
          const names = { topic: 't', event_id: '1', source: 's', timestamp: null };
          const event = { ...names, reason: 'payload_number', byte_count: 7 };
          const draft = draftOf(event, new TextEncoder().encode('{"n": 1'));
          const edit = (change) => bodyOf(draft, { ...draft.values, ...change });
          return [draft.values.payload, edit({}).body ?? null, edit({ payload: '{"n": 12345678901234567890}' }).body,
            edit({ topic: 'a"b' }).body, edit({ payload: '{' }).problem, edit({ payload: '' }).body];
        })""")
        self.assertEqual(body, [
            '{"n": 1', None, '{"payload": {"n": 12345678901234567890}}', '{"topic": "a\\"b"}',
            "The payload is not JSON: nothing was sent.", '{"payload": null}'])

    def test_an_edit_sends_what_only_the_text_of_a_dead_event_has(self):
        found = self.value("""import('/assets/mending.js').then(({ draftOf, bodyOf }) => {
          const raw = '{"topic":"t","event_id":"1","source":"s","timestamp":"2026-01-02T03:04:05Z",'
            + '"payload":{"n":1},"x":2}';
          const names = { topic: 't', event_id: '1', source: null, timestamp: null };
          const event = { ...names, reason: 'event_form', byte_count: raw.length };
          const draft = draftOf(event, new TextEncoder().encode(raw));
          const none = draftOf({ ...event, byte_count: 2 }, new TextEncoder().encode('[]'));
          return [bodyOf(draft, draft.values).body, bodyOf(none, none.values).body ?? null, none.placeholders];
        })""")
        self.assertEqual(found, [
            '{"source": "s", "timestamp": "2026-01-02T03:04:05Z", "payload": {"n":1}}', None,
            {"topic": "", "event_id": "", "source": "not kept: write it", "timestamp": "not kept: write it",
             "payload": "not kept: write it, or null"}])

    def test_a_condition_on_an_empty_text_is_sent(self):
        script = "import('/assets/%s').then(({ %s: made }) => made(%s))"
        path = self.value(script % ("api.js", "withQuery", "'events', { topic: '', q: null, 'field.note': '', limit: 0 }"))
        self.assertEqual(path, "events?field.note=&limit=0")
        state = "{ filters: { topic: 't', source: '' }, fields: [['note', '']] }"
        self.assertEqual(self.value(script % ("state.js", "parametersOf", state)), {"topic": "t", "field.note": ""})

    def test_the_most_frequent_names_of_all_answers_are_shown(self):
        groups = self.value("""import('/assets/interval.js').then(({ Bars }) => {
          const bars = new Bars();
          const answer = (start, groups) => ({ interval_seconds: 60, events: 1, complete: true, searched_until: null,
            counts: [{ start, events: 1, complete: true, groups, others: 0 }] });
          const names = (count, events) => Array.from({ length: count }, (_, n) => ({ name: `n${n}`, events }));
          bars.add(answer('2026-01-02T03:05:00Z', [...names(14, 2), { name: 'late', events: 1 }]));
          bars.add(answer('2026-01-02T03:04:00Z', [{ name: 'late', events: 40 }]));
          return bars.groups;
        })""")
        self.assertEqual(groups[0], {"name": "late", "events": 41})
        self.assertEqual(groups[-1], {"name": None, "events": 6})
        self.assertEqual(len(groups), 13)

    def test_bytes_are_shown_as_numbers_and_letters(self):
        dump = self.of("raw-bytes.js", "dump(new Uint8Array([104, 105, 0, 195, 182]))")
        self.assertEqual(dump, "000000  68 69 00 c3 b6" + " " * 33 + "  hi...")
        self.assertIsNone(self.of("raw-bytes.js", "textOf(new Uint8Array([195]))"))

    def test_every_reason_of_the_server_has_words(self):
        reasons = self.server.get("openapi.json")["components"]["schemas"]
        known = reasons.get("DeadReason", reasons["DeadEvent"]["properties"]["reason"])["enum"]
        self.assertEqual(sorted(self.of("reasons.js", "reasons")), sorted(known))


if __name__ == "__main__":
    unittest.main()
