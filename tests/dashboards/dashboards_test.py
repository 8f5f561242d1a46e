#!/usr/bin/python3
"""Every query of every dashboard, on a real Prometheus over real instances after a known load.

usage: dashboards_test.py BINARY
"""

import datetime
import json
import pathlib
import subprocess
import sys
import threading
import unittest
import urllib.request

PROJECT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "deploy"))
sys.path.insert(0, str(PROJECT / "grafana"))

from servers import Instance, Kafka, Prometheus, scratch_folder, wait_until
from servers.beats import partition_of
from servers.ports import free_ports

import make_dashboards
import panels
from bounds import BOUNDS

BINARY = None
TOPOLOGY = PROJECT / "deploy/topologies/spend_per_merchant.yaml"
TOPIC = "cdc.public.transactions"
PARTITIONS = 4

# The known load.
PAYMENTS, DUPLICATES, LATE, DEAD = 1_200, 50, 40, 6

LAG = "sum(tallymill_input_lag_records)"
COUNTS = {
    'sum(tallymill_records_total{fate="applied"})': PAYMENTS + LATE,
    'sum(tallymill_records_total{fate="duplicate"})': DUPLICATES,
    'sum(tallymill_records_total{fate="dead"})': DEAD,
    'sum(tallymill_images_total{fate="late"})': LATE,
    'sum(tallymill_produced_records_total{topic="spend-per-merchant.late"})': LATE,
    'sum(tallymill_produced_records_total{topic="spend-per-merchant.dead-letter"})': DEAD,
    LAG: 0,
}

BROKEN = b"{broken"

# What Grafana puts in for the variables, once all of everything is chosen.
VARIABLES = {"$job": ".*", "$topology": ".*", "$instance": ".*", "$__rate_interval": "10s"}


def envelope(number, time, lsn=None):
    """A change record: (partition, key, value) of an insert."""
    key = json.dumps({"transaction_id": f"tx{number}"}, separators=(",", ":")).encode()
    row = {"transaction_id": f"tx{number}", "merchant_name": f"m{number % 7}", "currency": "USD", "amount": "1.25",
           "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    now_ms = int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000)
    value = {"op": "c", "after": row, "source": {"lsn": lsn or number, "ts_ms": now_ms}}
    return partition_of(key, PARTITIONS), key, json.dumps(value).encode()


def utc_now():
    """The time as the table has it."""
    return datetime.datetime.now(datetime.timezone.utc)


class Trickle(threading.Thread):
    """A payment now and then, so that rates are not zero."""

    def __init__(self, kafka):
        super().__init__(name="trickle", daemon=True)
        self.kafka = kafka
        self.number = 1_000_000
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.wait(0.2):
            self.number += 1
            self.kafka.produce(TOPIC, [envelope(self.number, utc_now())])


class DashboardsTest(unittest.TestCase):
    """One scene for all tests: two instances, Prometheus, the known load, then one that leaves and comes back."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(scratch_folder()))
        cls.kafka = cls.enterClassContext(Kafka(cls.folder / "kafka"))
        cls.kafka.create_topic(TOPIC, PARTITIONS)
        cls.addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
        cls.instances = [Instance(cls.folder / f"instance-{number}", BINARY, TOPOLOGY, cls.kafka.bootstrap,
                                  {"http.address": address}) for number, address in enumerate(cls.addresses)]
        for instance in cls.instances:
            cls.enterClassContext(instance)
        cls.prometheus = cls.enterClassContext(
            Prometheus(cls.folder / "prometheus", cls.addresses, rules=PROJECT / "grafana/prometheus/alerts.yml"))
        for instance in cls.instances:
            instance.wait_for_log("partitions were assigned", 60)
        cls.load()
        cls.counts = wait_until(cls.counts_without_lag, 60, "nothing waiting, behind the exchange neither")
        cls.rebalance()
        cls.trickle = Trickle(cls.kafka)
        cls.trickle.start()
        cls.addClassCleanup(cls.trickle.stopping.set)
        # Half of the tasks each is how the group comes to rest: before that a task may be between two instances.
        wait_until(lambda: cls.value('sum(rate(tallymill_records_total{fate="applied"}[10s]))') > 1.5 and
                   cls.value('min(tallymill_tasks{state="running"})') == PARTITIONS and
                   cls.value('max(tallymill_tasks{state="running"})') == PARTITIONS and
                   cls.value('sum(tallymill_tasks{state="restoring"})') == 0 and
                   cls.value('sum(tallymill_workers{state="joining"})') == 0, 60, "half of the tasks in each instance")

    @classmethod
    def rebalance(cls):
        """An instance leaves and comes back: the other restores its tasks, and gives them back."""
        cls.instances[1].leave()
        alone = f'tallymill_tasks{{state="running", instance="{cls.addresses[0]}"}}'
        wait_until(lambda: cls.value(alone) == 2 * PARTITIONS, 60, "one instance with all tasks")
        cls.instances[1].start()
        cls.instances[1].wait_for_log("partitions were assigned", 60)
        cls.kafka.produce(TOPIC, [(partition, b'{"transaction_id":"x"}', BROKEN) for partition in range(PARTITIONS)])

    @classmethod
    def load(cls):
        """Payments, then duplicates of some, some that are too late, some that are broken."""
        now = utc_now()
        payments = [envelope(number, now) for number in range(1, PAYMENTS + 1)]
        cls.kafka.produce(TOPIC, payments)
        cls.wait_for("applied", PAYMENTS)
        cls.kafka.produce(TOPIC, payments[:DUPLICATES])
        cls.kafka.produce(TOPIC, [(0, b'{"transaction_id":"x"}', BROKEN)] * DEAD)
        early = now - datetime.timedelta(minutes=30)
        cls.kafka.produce(TOPIC, [envelope(PAYMENTS + number, early) for number in range(1, LATE + 1)])
        cls.wait_for("duplicate", DUPLICATES)
        cls.wait_for("dead", DEAD)
        cls.wait_for("applied", PAYMENTS + LATE)

    @classmethod
    def counts_without_lag(cls):
        """The counts, nothing while inputs have a lag: partials are merged after the records' own commit."""
        counts = {expression: cls.value(expression) for expression in COUNTS}
        return counts if counts[LAG] == 0 else None

    @classmethod
    def wait_for(cls, fate, count):
        """Waits until Prometheus has exactly so many records of that fate, and not one more."""
        expression = f'sum(tallymill_records_total{{fate="{fate}"}})'
        wait_until(lambda: cls.value(expression) >= count, 60, f"{count} records that are {fate}")
        if cls.value(expression) != count:
            raise AssertionError(f"{cls.value(expression)} records are {fate}, not {count}")

    @classmethod
    def value(cls, expression):
        """The value of the only series, 0 if there is none."""
        answer = cls.prometheus.query(expression)
        return float(answer[0][1]) if answer else 0

    def test_counts_are_those_of_the_load(self):
        self.assertEqual(COUNTS, self.counts)

    def test_every_query_gives_what_is_stated(self):
        queried = 0
        for dashboard in panels.DASHBOARDS:
            for panel in make_dashboards.dashboard(dashboard)["panels"]:
                with self.subTest(dashboard=dashboard.file, panel=panel["title"]):
                    self.check(panel)
                    queried += len(panel["targets"])
        self.assertGreater(queried, 30)

    def check(self, panel):
        """Each query of the panel has series, all within the bounds, and one reaches the peak."""
        least, peak, greatest = BOUNDS[panel["title"]]
        values = []
        for query in panel["targets"]:
            expression = query["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            self.assertNotIn("$", expression)
            series = wait_until(lambda expression=expression: self.prometheus.query(expression), 10, expression)
            values += [float(value) for _, value in series]
        self.assertTrue(all(least <= value <= greatest for value in values),
                        f"{values} is not in {BOUNDS[panel['title']]}")
        self.assertGreaterEqual(max(values), peak, values)

    def test_all_that_a_variable_offers_is_there(self):
        for variable in make_dashboards.variables()[1:]:
            label = variable["query"]["query"].rpartition(", ")[2].rstrip(")")
            answer = self.prometheus.query("tallymill_build_info")
            self.assertTrue(all(labels.get(label) for labels, _ in answer), label)

    def test_metrics_are_as_prometheus_wants_them(self):
        for address in self.addresses:
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
                text = answer.read()
            lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
            self.assertEqual((0, b""), (lint.returncode, lint.stdout + lint.stderr))

    def test_no_alert_fires(self):
        firing = self.prometheus.query('ALERTS{alertstate="firing", alertname!~"TallymillDeadLetters"}')
        self.assertEqual([], firing, "but for the dead letters everything is as it should be")
        wait_until(lambda: self.prometheus.query('ALERTS{alertname="TallymillDeadLetters", alertstate="firing"}'), 10,
                   "the alert for dead letters")


class FilesTest(unittest.TestCase):
    """What is committed."""

    def test_dashboards_are_those_of_the_panels(self):
        there = {path.name: path.read_text() for path in make_dashboards.FOLDER.glob("*.json")}
        self.assertEqual(make_dashboards.files(), there, "run grafana/make_dashboards.py")

    def test_each_panel_has_bounds_and_says_what_it_is(self):
        titles = set()
        for dashboard in panels.DASHBOARDS:
            for row in dashboard.rows:
                for panel in row:
                    self.assertRegex(panel.description, r"\w+ \w+.*\.$", panel.title)
                    titles.add(panel.title)
        self.assertEqual(titles, BOUNDS.keys())

    def test_each_alert_has_a_runbook_and_cases(self):
        folder = PROJECT / "grafana/prometheus"
        rules = (folder / "alerts.yml").read_text()
        runbook, cases = (folder / "RUNBOOK.md").read_text(), (folder / "alerts_test.yml").read_text()
        alerts = {rule.partition("\n")[0]: rule for rule in rules.split("- alert: ")[1:]}
        self.assertGreater(len(alerts), 10)
        for alert, rule in alerts.items():
            self.assertIn(f"runbook_url: RUNBOOK.md#{alert.lower()}\n", rules)
            self.assertIn(f"\n## {alert}\n", runbook)
            self.assertGreaterEqual(cases.count(f'alertname="{alert}"'), 3 if "        for: " in rule else 2,
                             f"{alert}: one case that fires, and not before its `for` is over; one that does not")


if __name__ == "__main__":
    BINARY = sys.argv.pop(1)
    unittest.main(warnings="ignore")
