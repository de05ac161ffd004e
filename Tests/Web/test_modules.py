"""The modules that compute and show nothing, in the browser."""

import json
import unittest

from stage import ModuleStage

FORMATS = [
    ("count(1234567)", "1,234,567"), ("count(null)", "–"), ("rate(0)", "0"), ("rate(0.123456)", "0.123"),
    ("rate(1234.6)", "1,235"), ("short(12345)", "12.3K"), ("share(0.3456)", "34.6%"), ("bytes(0)", "0 B"),
    ("bytes(1023)", "1,023 B"), ("bytes(1024)", "1 KiB"), ("bytes(67108864)", "64 MiB"),
    ("milliseconds(0.1234)", "0.123 ms"), ("milliseconds(999)", "999 ms"), ("milliseconds(1500)", "1.5 s"),
    ("milliseconds(200000)", "3 min 20 s"),
    ("duration(0.5)", "0 s"), ("duration(59)", "59 s"), ("duration(3600)", "1 h"), ("duration(90061)", "1 d 1 h"),
    ("ago(10_000, 10_500)", "now"), ("ago(0, 75_000)", "1 min 15 s ago"), ("ago(9_000, 0)", "in 9 s"),
    ("counted(1, 'event')", "1 event"),
    ("counted(2000, 'batch', 'batches')", "2,000 batches"),
]

# Two readings of /metrics, 2 s apart: 100 durations below 1 s and 100 below 2 s in between.
READINGS = """(async () => {
  const { Reading, quantile } = await import('/assets/exposition.js');
  const text = (seconds, first, second, events) => `# TYPE x counter
sluice_uptime_seconds ${seconds}
sluice_accepted_events_total ${events}
sluice_committed_events_total{outcome="unique"} ${events / 2}
sluice_committed_events_total{outcome="duplicate"} ${events / 2}
sluice_commit_latency_seconds_bucket{le="1.0"} ${first}
sluice_commit_latency_seconds_bucket{le="2.0"} ${second}
sluice_commit_latency_seconds_bucket{le="+Inf"} ${second}
`;
  const [one, two] = [new Reading(text(10, 5, 5, 100)), new Reading(text(12, 105, 205, 300))];
"""


class ModuleTest(ModuleStage):
    def test_numbers_are_written_as_people_read_them(self):
        for expression, expected in FORMATS:
            self.assertEqual(self.of("format.js", expression), expected, expression)

    def test_rates_and_percentiles_are_those_between_two_readings(self):
        figures = self.value(READINGS + """
          const { History } = await import('/assets/history.js');
          const history = new History();
          history.add(one, 1_000);
          const first = history.latest.accepted;
          history.add(two, 3_000);
          const { accepted, committed, duplicates, commitP50 } = history.latest;
          return [first, accepted, committed, duplicates, commitP50,
            quantile(0.75, one.buckets('sluice_commit_latency_seconds'), two.buckets('sluice_commit_latency_seconds'))];
        })()""")
        self.assertEqual(figures, [None, 100, 100, 50, 1000, 1.5])

    def test_a_restart_or_a_gap_is_no_rate(self):
        figures = self.value(READINGS + """
          const { History } = await import('/assets/history.js');
          const history = new History();
          const readings = [[two, 1_000], [one, 3_000], [new Reading(text(40, 5, 5, 5000)), 33_000]];
          return readings.map(([reading, at]) => {
            history.add(reading, at);
            return history.latest.accepted;
          });
        })()""")
        self.assertEqual(figures, [None, None, None])

    def test_no_percentile_is_above_the_longest_time(self):
        self.assertEqual(self.value(READINGS + """
          const { History } = await import('/assets/history.js');
          const history = new History();
          history.bound({ accept: null, commit: { max: 700 } });
          history.add(one, 1_000);
          history.add(two, 3_000);
          return [history.latest.commitP50, history.latest.commitP99];
        })()"""), [700, 700])

    def test_a_stream_is_cut_into_events_wherever_its_pieces_end(self):
        stream = ":\nid: 1\n\nid: 2\ndata: {\"a\":1}\n\nevent: end\ndata: {}\n\n"
        for size in (1, 2, 7, 1000):
            events = self.value(f"""(async () => {{
              const {{ BlockDecoder }} = await import('/assets/event-stream.js');
              const decoder = new BlockDecoder();
              const found = {{ events: [], count: 0 }};
              for (const piece of {json.dumps([stream[at:at + size] for at in range(0, len(stream), size)])}) {{
                const {{ events, count }} = decoder.feed(piece, 50);
                found.events.push(...events);
                found.count += count;
              }}
              return found;
            }})()""")
            self.assertEqual(events, {"count": 2, "events": [
                {"type": "message", "id": "1", "data": ""}, {"type": "message", "id": "2", "data": '{"a":1}'},
                {"type": "end", "id": None, "data": "{}"}]}, size)

    def test_of_many_events_the_last_are_read_and_all_are_counted(self):
        self.assertEqual(self.value("""import('/assets/event-stream.js').then(({ BlockDecoder }) => {
          const found = new BlockDecoder().feed('data: 1\\n\\ndata: 2\\n\\ndata: 3\\n\\n', 2);
          return [found.count, found.events.map(({ data }) => data)];
        })"""), [3, ["2", "3"]])

    def test_json_keeps_the_digits_that_were_sent(self):
        text = '{"big":12345678901234567890,"one":1.0,"text":"1.0","list":[1e3]}'
        kept = self.value(f"import('/assets/json.js').then((json) => json.text(json.parse({json.dumps(text)})))")
        self.assertEqual(kept, text)
        self.assertEqual(self.value("import('/assets/json.js').then(({ pretty }) => pretty('no json'))"), "no json")

    def test_nothing_is_asked_while_nobody_sees_the_page(self):
        self.assertEqual(self.value("""(async () => {
          const { poll } = await import('/assets/poll.js');
          let [hidden, timers, asked] = [false, [], 0];
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
          const real = window.setTimeout;
          window.setTimeout = (task) => { timers.push(task); return timers.length; };
          const turn = async () => { for (const task of timers.splice(0)) await task(); await null; await null; };
          poll(async () => { asked += 1; }, 1000);
          await turn();
          await turn();
          const counts = [asked];
          hidden = true;
          await turn();
          await turn();
          counts.push(asked);
          hidden = false;
          document.dispatchEvent(new Event('visibilitychange'));
          await turn();
          counts.push(asked > counts[1]);
          window.setTimeout = real;
          delete document.hidden;
          return counts;
        })()""")[1:], [2, True])


if __name__ == "__main__":
    unittest.main()
