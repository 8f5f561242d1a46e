#!/usr/bin/python3
"""The console in a real Chromium, over real instances and a real Kafka.

usage: console_test.py BINARY [--screenshots FOLDER]

Each case has a topology of its own, fed with envelopes as a connector sends them. With --screenshots it tests nothing
and writes the pictures of the console's README.
"""

import json
import pathlib
import sys
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))

from servers import Kafka, ServerError, scratch_folder, wait_until

from chromium import Browser, ChromeDriver
from page import Page, metrics_of
from scene import Scene

BINARY = None
INJECTED = "<script>window.injected = 1</script><img src=x onerror='window.injected = 2'>"


def instant(text):
    """A time of a row as the page shows it."""
    return text.replace("T", " ").removesuffix("Z").removesuffix(".000000")


def shown(row):
    """A row of the output topic as the page shows it, without the time of the commit."""
    return [row["user"], row["currency"], instant(row["window_start"]), instant(row["window_end"]),
            str(row["payments"]), row["total"], row["card"]]


class ConsoleTest(unittest.TestCase):
    """One broker and one window for all; every case has a topology of its own."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(scratch_folder()))
        cls.kafka = cls.enterClassContext(Kafka(cls.folder / "kafka"))
        driver = cls.enterClassContext(ChromeDriver(cls.folder / "chromedriver"))
        cls.browser = cls.enterClassContext(Browser(driver))

    def scene(self, count=1, card="string"):
        name = self.id().rpartition(".")[2].removeprefix("test_").replace("_", "-")
        scene = Scene(self.kafka, self.folder, BINARY, name, card)
        self.addCleanup(scene.stop)
        self.scene_now = scene.start(count)
        return scene

    def page(self, scene, number=0):
        page = Page(self.browser, scene.address(number))
        wait_until(lambda: page.status() == "ready" or "instances ready" in page.status(), 60, "a page that is ready")
        return page

    def expect(self, what, of, seconds=40):
        """Waits until `of()` is `what`; then the same is asserted, so that a difference is shown."""
        try:
            wait_until(lambda: of() == what, seconds, "what is expected", interval_seconds=0.2)
        except TimeoutError:
            self.assertEqual(what, of())

    def expect_rows(self, page, scene, count):
        """The newest windows, so many, are those of the topic, to the last digit."""
        self.expect(count, lambda: len(page.table("rows")))
        rows = sorted(map(shown, scene.rows().values()))
        self.expect(rows, lambda: sorted(row[:-1] for row in page.table("rows")))
        return rows

    def some_payments(self, scene):
        """Two windows, two currencies, a payment that is filtered, one that is late and one that is dead."""
        minute = "2026-01-01T00:{:02}:{:02}Z".format
        scene.produce([
            scene.payment("a", "ann", "10.00", minute(0, 5)), scene.payment("b", "ann", "2.50", minute(0, 40)),
            scene.payment("c", "bob", "0.10", minute(0, 41)), scene.payment("d", "bob", "7", minute(5, 0), "EUR"),
            scene.payment("e", "bob", "-1", minute(5, 1)),
            scene.payment("f", "ann", "12345678901234567890.12", minute(5, 2)),
            scene.payment("g", "eve", "3.00", minute(0, 7)), scene.payment("h", INJECTED, "9.99", minute(5, 3)),
            scene.payment("i", INJECTED, "twelve", minute(5, 4)),
            scene.payment("j", "jim", "1.00", minute(5, 5), partition=1),
        ])

    def test_what_it_shows_is_true(self):
        scene = self.scene()
        page = self.page(scene)
        self.some_payments(scene)
        records = 'tallymill_records_total{source="payments",fate="%s"}'
        self.expect({"applied": 9, "dead": 1}, lambda: {fate: dict(page.metrics()).get(records % fate)
                                                        for fate in ("applied", "dead")})
        self.expect_metrics(page, scene.address())
        rows = self.expect_rows(page, scene, 6)
        self.assertIn("12345678901234567890.12", [row[5] for row in rows])
        self.expect([["wrong_type", "1"]], lambda: page.table("reasons"))
        self.expect([["cards", "0"], ["spend", "1"]], lambda: page.table("late-counts"))
        (dead,) = page.table("dead")
        self.assertEqual(("wrong_type", "decode", f"cdc.{scene.name}/0 @ 8"), (dead[1], dead[3], dead[4]))
        self.assertIn('column "amount" is declared decimal', dead[2])
        (late,) = page.table("late")
        self.assertEqual(["spend.aggregate", f"cdc.{scene.name}/0 @ 6"], late[1:3])
        self.assertEqual("2026-01-01 00:00:00 to 2026-01-01 00:01:00", late[6])
        self.assertIn("eve", late[7])
        self.assertEqual(f"{scene.name} – Tallymill", self.browser.run("return document.title"))
        self.expect_chart(page)
        self.expect_inert(page)
        self.expect_nothing_from_elsewhere(page, scene.address())

    def expect_metrics(self, page, *addresses):
        """All numbers that the page says to be of /metrics are, and the kinds that there must be are among them."""
        def differences():
            there, here = metrics_of(*addresses), dict(page.metrics())
            return {series: (number, there.get(series)) for series, number in here.items()
                    if number != there.get(series)}
        self.expect({}, differences)
        kinds = {series.partition("{")[0] for series, _ in page.metrics()}
        self.assertLessEqual({"tallymill_records_total", "tallymill_images_total", "tallymill_input_lag_records",
                              "sum(tallymill_input_lag_records)", "tallymill_commits_total", "tallymill_aborts_total",
                              "tallymill_state_entries"}, kinds)

    def expect_chart(self, page):
        """It is of one currency, and its list has the exact totals."""
        self.assertEqual("total", self.browser.run("return document.querySelector('#choose-aggregate').value"))
        self.assertEqual("USD", self.browser.run("return document.querySelector('#choose-currency').value"))
        legend = page.text("#chart-legend")
        self.assertIn("12345678901234567890.12", legend)
        self.assertNotIn("EUR", legend)
        self.browser.run("const s = document.querySelector('#choose-currency'); s.value = 'EUR';"
                         "s.dispatchEvent(new Event('change'))")
        self.assertIn("bob · EUR7", page.text("#chart-legend"))
        label = self.browser.run("return document.querySelector('#chart svg').getAttribute('aria-label')")
        self.assertIn("by window", label)
        graph = page.text("#graph-list")
        for part in ("source payments", "stage aggregate", "exchange", f"sink {self.scene_now.name}.spend"):
            self.assertIn(part, graph)

    def expect_inert(self, page):
        """What somebody wrote as a name is text, in rows, in the chart and in a dead letter."""
        self.assertIn(INJECTED, [row[0] for row in page.table("rows")])
        self.assertIn("<script>", page.table("dead")[0][5])
        self.assertIsNone(self.browser.run("return window.injected"))
        self.assertEqual(1, self.browser.run("return document.querySelectorAll('script').length"))
        self.assertEqual(0, self.browser.run("return document.querySelectorAll('img').length"))

    def expect_nothing_from_elsewhere(self, page, *addresses):
        self.assertEqual([], page.browser.console())
        requests = page.requests()
        self.assertGreater(len(requests), 10)
        allowed = tuple(f"http://{address}/" for address in addresses)
        self.assertEqual([], [each for each in requests if not each.startswith(allowed)])
        # It could not, either: the policy refuses.
        refused = self.browser.run("""
          return new Promise((done) => {
            document.addEventListener('securitypolicyviolation', (event) => done(event.violatedDirective));
            fetch('http://127.0.0.1:1/').catch(() => {});
          });""")
        self.assertEqual("connect-src", refused)
        self.browser.console()

    def test_sensitive_columns_are_nowhere(self):
        scene = self.scene(card="{ type: string, sensitive: true }")
        page = self.page(scene)
        secret = "4929-1234"
        scene.produce([scene.payment("a", "ann", "10.00", "2026-01-01T00:00:05Z", card=secret),
                       scene.payment("b", "ann", "1.00", "2026-01-01T00:05:05Z", card=secret),
                       scene.payment("c", "ann", "5.00", "2026-01-01T00:00:06Z", card=secret),
                       scene.payment("d", "ann", "x", "2026-01-01T00:00:06Z", card=secret)])
        self.expect(["***"], lambda: sorted({row[6] for row in page.table("rows") if len(row) > 6}))
        self.expect([["wrong_type", "1"]], lambda: page.table("reasons"))
        self.expect(1, lambda: len([row for row in page.table("late") if len(row) > 1]))
        self.browser.run("const s = document.querySelector('#choose-output'); s.value = arguments[0];"
                         "s.dispatchEvent(new Event('change'))", f"{scene.name}.cards")
        self.expect([["***", "3"]], lambda: [row[:2] for row in page.table("rows")])
        self.assertNotIn(secret, page.html())
        for path in ("results", "letters", "topology", "tasks", "config"):
            with urllib.request.urlopen(f"http://{scene.address()}/{path}", timeout=10) as answer:
                self.assertNotIn(secret, answer.read().decode(), path)

    def test_everybody_can_read_and_reach_it(self):
        scene = self.scene()
        page = self.page(scene)
        self.some_payments(scene)
        self.expect([["wrong_type", "1"]], lambda: page.table("reasons"))
        for width, height in ((1280, 900), (768, 1024), (390, 844)):
            self.browser.set_screen(width, height)
            self.expect(True, lambda: page.overflow() <= 0)
            missing, count = page.unreached()
            self.assertEqual(set(), missing, f"at {width} pixels")
            self.assertGreater(count, 15)
            for scheme in ("light", "dark"):
                self.browser.set_media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
                poor, fine = page.poor_contrasts()
                self.assertEqual([], poor, f"{scheme} at {width} pixels")
                self.assertGreater(fine, 50)
        landmarks = self.browser.run("return ['header', 'nav', 'main', 'footer', 'h1'].map("
                                     "(each) => document.querySelectorAll(each).length)")
        self.assertEqual([1] * 5, landmarks)
        self.assertEqual(0, self.browser.run("return [...document.querySelectorAll('table')]"
                                             ".filter((each) => !each.caption?.textContent).length"))

    def test_an_instance_that_is_gone_comes_back(self):
        scene = self.scene()
        page = self.page(scene)
        self.some_payments(scene)
        rows = self.expect_rows(page, scene, 6)
        scene.instances[0].stop()
        self.expect(True, lambda: page.status().startswith("no answer since "))
        self.assertEqual(rows, sorted(row[:-1] for row in page.table("rows")), "what it said last still stands there")
        scene.instances[0].start()
        self.expect("ready", page.status)
        scene.produce([scene.payment("k", "kim", "4.00", "2026-01-01T00:05:09Z", partition=1)])
        self.expect_metrics(page, scene.address())
        self.expect(True, lambda: "kim" in [row[0] for row in page.table("rows")])

    def test_instances_are_shown_as_one(self):
        scene = self.scene(count=2)
        addresses = [scene.address(0), scene.address(1)]
        page = self.page(scene)
        self.expect("2 of 2 instances ready", page.status)
        self.expect(set(addresses), lambda: {row[2].partition(",")[0] for row in page.table("task-table")
                                             if len(row) > 2})
        self.some_payments(scene)
        scene.produce([scene.payment(f"x{i}", f"user {i}", "1.00", "2026-01-01T00:05:30Z", partition=1)
                       for i in range(6)])
        self.expect_rows(page, scene, 12)
        self.expect_metrics(page, *addresses)
        self.expect_nothing_from_elsewhere(page, *addresses)
        scene.instances[1].stop()
        self.expect("1 of 2 instances ready", page.status)
        self.assertIn(f"{addresses[1]}: no answer since", page.text("#instances"))
        self.expect({addresses[0]}, lambda: {row[2].partition(",")[0] for row in page.table("task-table")})


def main():
    global BINARY
    arguments = sys.argv[1:]
    if len(arguments) not in (1, 3) or (len(arguments) == 3 and arguments[1] != "--screenshots"):
        sys.exit(__doc__.strip())
    BINARY = arguments[0]
    if len(arguments) == 3:
        from screenshots import take_screenshots
        return take_screenshots(BINARY, pathlib.Path(arguments[2]))
    return unittest.main(argv=sys.argv[:1], verbosity=2)


if __name__ == "__main__":
    main()
