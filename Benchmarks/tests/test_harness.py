"""Tests of the harness without measurements. `make bench-check` runs them."""

import io
import os
import struct
import subprocess
import tempfile
import unittest
from contextlib import redirect_stderr

import report
from harness import agreement, comparison, figures, modes, plot, provenance, tables
from harness.phases import tail
from harness.processes import Failure
from harness.workload import Workload
from peers import insert_bodies, rows


def compare(samples: dict, rounds: int, **options) -> tuple[dict, list[str]]:
    """Rows by name, and the order in which the contenders ran."""
    order = []

    def contender(name):
        left = iter(samples[name])

        def run():
            order.append(name)
            return {"rate": next(left)}
        return run
    with redirect_stderr(io.StringIO()):
        found = comparison.compare("case", {name: contender(name) for name in samples}, "one", rounds, **options)
    return {row["name"]: row for row in found}, order


class Tail(unittest.TestCase):
    def test_only_the_samples_of_the_slowest_groups_explain_them(self):
        groups = [(number, number + 0.01) for number in range(100)] + [(200 + number, 201.0 + number) for number in range(4)]
        samples = [(5.001, "COPY: running"), (150.0, "VACUUM: running"), (200.5, "COPY: IO WALSync")]
        rows = tail.explain(groups, samples)
        self.assertEqual([(row["name"], row["slow_processes"], row["all_processes"]) for row in rows],
                         [("COPY: IO WALSync", 1.0, 0.5)])

    def test_a_sample_names_the_statement_of_a_client_and_the_kind_of_another_process(self):
        self.assertEqual(tail.parse("1.5|client backend|IO WALSync|COMMIT\n"), (1.5, "COMMIT: IO WALSync"))
        self.assertEqual(tail.parse("2|checkpointer|running|\n"), (2.0, "checkpointer: running"))
        self.assertIsNone(tail.parse("Mon Nov 30 20:00:00 2026 (every 0.005s)\n"))


class Comparison(unittest.TestCase):
    def test_each_round_starts_with_another_contender(self):
        _, order = compare({"one": [1] * 3, "two": [1] * 3, "three": [1] * 3}, 3)
        self.assertEqual(order, ["one", "two", "three", "two", "three", "one", "three", "one", "two"])

    def test_ratios_are_computed_within_a_round(self):
        # The machine was half as fast in the second round. The ratio does not show it.
        found, _ = compare({"one": [100, 50, 100], "two": [200, 100, 250]}, 3)
        self.assertEqual(found["two"]["ratio"], {"median": 2, "min": 2, "max": 2.5, "rounds": [2, 2, 2.5]})
        self.assertEqual(found["two"]["rate"]["median"], 200)
        self.assertEqual(found["one"]["ratio"]["max"], 1)

    def test_an_inverse_ratio_divides_the_reference_by_the_contender(self):
        found, _ = compare({"one": [10], "two": [5]}, 1, inverse=True)
        self.assertEqual(found["two"]["ratio"]["median"], 2)

    def test_quotients_are_computed_within_a_round(self):
        found, _ = compare({"one": [10, 20], "two": [5, 5]}, 2)
        self.assertEqual(comparison.quotient(found["one"], "rate", found["two"], "rate")["rounds"], [2, 4])


class InsertBodies(unittest.TestCase):
    EVENTS = [("id-1", "orders", 1_767_323_045_000_001, "shop", '{"n":1}'), ("id-2", "orders", 5, "shop", None)]

    def test_each_format_has_every_event(self):
        for name, form in insert_bodies.FORMATS.items():
            body = form.body(self.EVENTS)
            for text in (b"id-1", b"id-2", b"orders", b"shop"):
                self.assertIn(text, body, name)

    def test_protocol_buffers_have_the_lengths_of_their_fields(self):
        body = insert_bodies.FORMATS["OTLP, Protocol Buffers"].body(self.EVENTS)
        # One ResourceLogs, because both events have the same topic and source; 0x89 0x02 is 265 in base 128.
        self.assertEqual(body[0], 0x0A)
        length = body[1] & 0x7F | (body[2] << 7 if body[1] & 0x80 else 0)
        self.assertEqual(len(body), length + (3 if body[1] & 0x80 else 2))
        self.assertEqual(insert_bodies._varint(265), b"\x89\x02")


class Figures(unittest.TestCase):
    def test_a_figure_meets_its_aim_its_bar_or_neither(self):
        rate = figures.Figure("", "", "", "", "", bar=1.5, aim=2)
        cost = figures.Figure("", "", "", "", "", bar=4, aim=2.5, is_cost=True)
        self.assertEqual([rate.limit_met(value) for value in (2, 1.9, 1.5, 1.4)], ["aim", "bar", "bar", "MISSED"])
        self.assertEqual([cost.limit_met(value) for value in (2.5, 2.6, 4, 4.1)], ["aim", "bar", "bar", "MISSED"])

    def test_a_figure_that_was_not_measured_is_reported_as_such(self):
        lines = tables.figures({})
        self.assertEqual(len(lines), len(figures.FIGURES) + 1)
        self.assertTrue(all(line[1] == "not measured" for line in lines[1:]))

    def test_a_figure_that_was_not_measured_again_keeps_its_value(self):
        what = figures.FIGURES[0].what
        text = report.block("closing", {}, f"| {what} | 0.01 (0.01 to 0.02) | x | y |  |")
        self.assertIn(f"| {what} | 0.01 (0.01 to 0.02) | at least", text)
        self.assertIn("| MISSED |", text)
        self.assertEqual(text.count("not measured"), len(figures.FIGURES) - 1)
        self.assertEqual(report.block("e2e", {}, "_Not measured yet._"), "_Not measured yet._")

    def test_a_figure_is_found_by_phase_case_and_name(self):
        spread = comparison.spread([2, 3, 1])
        results = {"e2e": {"rows": [
            {"case": "no duplicates", "name": "floor", "ratio": comparison.spread([1])},
            {"case": "no duplicates", "name": "sluiced", "ratio": spread}]}}
        found = [figure.value(results) for figure in figures.FIGURES]
        self.assertEqual([value for value in found if value], [spread])


class Tables(unittest.TestCase):
    ROWS = [
        {"case": "a", "name": "floor", "rate": comparison.spread([1234.5]), "ratio": comparison.spread([1])},
        {"case": "a", "name": "sluiced", "rate": comparison.spread([2469]), "ratio": comparison.spread([2, 1.5])}]

    def test_rows_become_cells_with_medians_and_spread(self):
        lines = tables.table(self.ROWS)
        self.assertEqual(lines[0], ["case", "who", "events/s", "ratio (lowest to highest)"])
        self.assertEqual(lines[2], ["", "sluiced", "2,469", "1.75 (1.5 to 2)"])

    def test_markdown_has_as_many_columns_everywhere(self):
        lines = tables.markdown(tables.table(self.ROWS)).splitlines()
        self.assertEqual({line.count("|") for line in lines}, {5})


class Events(unittest.TestCase):
    def test_options_contain_a_seed_only_if_the_workload_has_one(self):
        self.assertIn("--skip", Workload(10, skip=5).options())
        self.assertNotIn("--skip", Workload(10, seed=None).options())
        self.assertIn("--old-duplicates", Workload(10, old=True).options())

    def test_the_events_before_a_workload_are_the_skipped_events(self):
        before = Workload(10, old=True, skip=20).before
        self.assertEqual((before.events, before.skip, before.old), (20, 0, True))

    def test_rows_are_read_with_and_without_a_payload(self):
        data = struct.pack("<qIHHH", 1_000_001, 2, 1, 3, 2) + b"tidxso{}"
        data += struct.pack("<qIHHH", 2, 0xFFFFFFFF, 1, 1, 1) + b"tis"
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "rows")
            with open(path, "wb") as file:
                file.write(data)
            self.assertEqual(list(rows.read(path)), [("idx", "t", 1_000_001, "so", "{}"), ("i", "t", 2, "s", None)])
        self.assertEqual(rows.timestamp(1_000_001).isoformat(), "1970-01-01T00:00:01.000001+00:00")


class Modes(unittest.TestCase):
    def test_the_environment_chooses_the_mode(self):
        self.assertEqual(modes.chosen({"QUICK": "1"}), modes.QUICK)
        self.assertEqual(modes.chosen({"QUICK": "0", "FULL": ""}), modes.USUAL)

    def test_figures_come_from_at_least_three_rounds(self):
        self.assertTrue(all(mode.rounds >= 3 for mode in (modes.QUICK, modes.USUAL, modes.FULL)))


class Plot(unittest.TestCase):
    def test_a_distribution_is_read_and_drawn(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "some.hgrm")
            with open(path, "w") as file:
                file.write("  Value  Percentile TotalCount 1/(1-Percentile)\n\n  1.500 0.000000000000 1 1.00\n"
                           "  90.00 0.990000000000 99 100.00\n  120.0 1.000000000000 100\n#[Mean = 2.0]\n")
            points = plot.read_distribution(path)
        self.assertEqual(points, [(0.0, 1.5), (0.99, 90.0), (1.0, 120.0)])
        self.assertIn("<path d=\"M64.0", plot.plot([("committed", 0, False, points)]))


class Agreement(unittest.TestCase):
    EVENTS = [(time, f"{time}-{number}", "rare" if time % 5 else "common") for time in range(40) for number in range(3)]

    def server(self, break_page=lambda page: page):
        """A server that answers each query from a sort of all events."""
        def get(topic=None, since=None, until=None, limit=None, order=None, cursor="0"):
            found = sorted((
                event for event in self.EVENTS
                if topic in (None, event[2]) and (since is None or agreement.stamp(event[0]) >= since)
                and (until is None or agreement.stamp(event[0]) < until)), reverse=order == "desc")
            end = int(cursor) + limit
            events = [{"event_id": event[1], "topic": event[2]} for event in found[int(cursor):end]]
            return break_page({"events": events, "next_cursor": str(end) if end < len(found) else None})
        return get

    def test_agrees_with_a_server_that_sorts_all_events(self):
        agreement.check(agreement.Sorted(self.EVENTS[::-1]), self.server(), 300)

    def test_finds_pages_that_are_wrong(self):
        def swapped(page):
            return page | {"events": page["events"][::-1]}

        def cut(page):
            return page | {"events": page["events"][:-1]}

        def endless(page):
            return page | {"next_cursor": "0"}
        for wrong in (swapped, cut, endless):
            with self.subTest(wrong.__name__), self.assertRaises(Failure):
                agreement.check(agreement.Sorted(self.EVENTS), self.server(wrong), 300)


class Provenance(unittest.TestCase):
    def repository(self, directory: str) -> str:
        """A repository with one commit of a page and a source."""
        os.makedirs(os.path.join(directory, "docs"))
        for name in ("docs/performance.md", "source"):
            with open(os.path.join(directory, name), "w") as file:
                file.write("first\n")
        for command in (["init", "--quiet"], ["add", "."],
                        ["-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", "one"]):
            subprocess.run(["git", "-C", directory, *command], check=True)
        return directory

    def change(self, directory: str, name: str):
        with open(os.path.join(directory, name), "a") as file:
            file.write("more\n")

    def test_a_clean_tree_and_a_changed_report_are_accepted(self):
        with tempfile.TemporaryDirectory() as directory:
            self.repository(directory)
            provenance.require_clean_tree(directory)
            self.change(directory, "docs/performance.md")
            provenance.require_clean_tree(directory)

    def test_a_tree_with_changes_is_refused_with_the_names_of_its_files(self):
        with tempfile.TemporaryDirectory() as directory:
            self.repository(directory)
            self.change(directory, "source")
            self.change(directory, "new")
            with self.assertRaisesRegex(Failure, "(?s)commit or stash them first:.*source.*new"):
                provenance.require_clean_tree(directory)

    def test_a_result_of_a_tree_with_changes_is_refused_by_the_name_of_its_phase(self):
        results = {"e2e": {"machine": {"commit": "abc1234"}}, "floor": {"machine": {"commit": "abc1234-dirty"}}}
        with self.assertRaisesRegex(Failure, "make bench ONLY=floor"):
            provenance.require_clean_results(results)
        del results["floor"]
        provenance.require_clean_results(results)


if __name__ == "__main__":
    unittest.main()
