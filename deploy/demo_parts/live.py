"""The scene while it runs: what is done to it, and what is known of it."""

import collections
import datetime
import itertools
import json
import time

from servers import ServerError, wait_until
from servers.open_transactions import kill_in_transaction

from demo_parts import comparison
from demo_parts.heartbeat import Heartbeat, is_of_beat
from demo_parts.outputs import DEAD, USERS, CarelessReader, Outputs
from demo_parts.payments import Payments
from demo_parts.stage import PARTITIONS, SOURCE
from demo_parts.table_watch import TableWatch

from kafka import KafkaProducer

COMPARE_SECONDS = 1
FIGURES_SECONDS = 2
CONNECTOR_SECONDS = 5
STALL_SECONDS = 20       # without a new beat; after a kill the other instance needs up to half of that
FORGET_SECONDS = 30
DOWN_SECONDS = 8         # how long a killed instance stays away
LIVE_MINUTES = 10        # windows older than that are compared at the end
SETTLE_SECONDS = 90      # for the last beat
TRIED = "tx123"          # the row that a visitor is asked to correct: its window is always the first that is shown
ENDED = (0, -9, -15)     # an instance that ends so was told to, or killed, by a visitor or by --kill

FIGURES = {
    "rate": "sum(rate(tallymill_records_total[10s]))",
    "lag": "sum(tallymill_input_lag_records)",
    "latency": "histogram_quantile(0.95, sum by (le) (rate(tallymill_end_to_end_latency_seconds_bucket[30s])))",
}
SHARES = "sum by (instance) (increase(tallymill_consumed_records_total[1h]))"


class Live:
    """The running scene. turn() is to be called twice a second; finish() ends it with a verdict.

    What it knows is in attributes that demo_parts.screen shows; all are used from the main thread.
    """

    def __init__(self, stage, seconds, rate, kill_at):
        self.stage, self.seconds = stage, seconds
        self.kill_at = kill_at
        self.payments = Payments(stage.dsn, rate)
        self.heartbeat = Heartbeat(stage.dsn, PARTITIONS, stage.source_key())
        self.watch = TableWatch(stage.dsn)
        partitions = stage.output_partitions()
        self.careful = Outputs(stage.kafka.bootstrap, partitions)
        self.careless = CarelessReader(stage.kafka.bootstrap, partitions)
        self.began = time.monotonic()
        self.due = collections.Counter()  # when each periodic thing is to be done next
        self.figures, self.shares = {}, {}
        self.compared = []
        self.verdicts = "waits for the first beat"
        self.event = ""
        self.newest_beat = 0, self.began  # its number, and when it was first seen
        self.away = {}  # instances that were killed: when they come back
        self.kills = 0

    def start(self):
        """Readers, beats and payments begin."""
        self.began = time.monotonic()
        self.newest_beat = 0, self.began
        for thread in (self.careful, self.careless, self.heartbeat, self.payments):
            thread.start()

    def turn(self):
        """Looks at everything once. Raises ServerError if a part of the scene failed."""
        self.check_parts()
        self.careless.judge(self.careful)
        if self.kill_at is not None and self.elapsed >= self.kill_at:
            instance = self.writer_of_results()
            if instance:  # else a visitor was faster: later
                self.kill_at = None
                self.kill(instance)
        if self.is_due("figures", FIGURES_SECONDS):
            self.ask_prometheus()
        if self.is_due("compare", COMPARE_SECONDS):
            self.compare()

    def is_due(self, what, seconds):
        """Whether that many seconds have passed since this was answered with yes."""
        now = time.monotonic()
        if now < self.due[what]:
            return False
        self.due[what] = now + seconds
        return True

    # What is done to the scene.

    def kill(self, instance):
        """SIGKILL while the instance has a transaction open, if there is one within seconds."""
        killed = kill_in_transaction(instance, self.stage.kafka, seed=1, is_wanted=lambda topic: topic == USERS)
        self.kills += 1
        self.event = (f"killed {instance.name} (SIGKILL) in a transaction, open in "
                      f"{len(killed.first_records)} partitions")

    def writer_of_results(self):
        """An instance of the group that writes to the output now; the other may have the source's tasks alone. None if
        none does."""
        written = f'sum by (instance) (rate(tallymill_produced_records_total{{topic="{USERS}"}}[10s])) > 0'
        writers = {labels["instance"] for labels, _ in self.stage.prometheus.query(written)}
        group = [each for each in self.stage.instances[:2] if each.pid]
        return next((each for each in group if f"127.0.0.1:{each.http_port}" in writers), None)

    def check_parts(self):
        """Starts killed instances again after a while; a part that ended otherwise is a failure.

        Processes come first: what a thread or Connect says of one that has ended is only its consequence.
        """
        self.check_processes()
        if self.is_due("connector", CONNECTOR_SECONDS):
            self.stage.check_connector()
        for thread in (self.payments, self.heartbeat):
            if thread.failure:
                raise ServerError(f"the {thread.name} thread failed: {thread.failure}")
        self.careful.check()
        self.careless.check()

    def check_processes(self):
        """The first half of check_parts()."""
        for part in self.stage.parts:
            if part.pid:
                continue
            if part not in self.stage.instances or part.process.returncode not in ENDED:
                raise ServerError(f"{part.name} ended with exit code {part.process.returncode}\n{part.log_tail()}")
            back = self.away.setdefault(part.name, time.monotonic() + DOWN_SECONDS)
            if time.monotonic() >= back:
                del self.away[part.name]
                part.start()
                self.event = f"{part.name} is back, as process {part.pid}"

    # What is known of it.

    def compare(self):
        """Compares what the careful reader has with SQL."""
        beat = self.heartbeat.newest_shown({"user": self.careful.payments_of_user})
        if beat is None:
            return
        compared = self.look(beat)
        if any(each.verdict == comparison.WRONG for each in compared):
            # A partition of the output may not have been read as far as the one that shows the beat; and PostgreSQL
            # sends a commit to the connector a moment before it shows it to others. What is wrong stays wrong.
            self.careful.wait_until_at_end()
            compared = self.look(beat)
        if beat.number != self.newest_beat[0]:
            self.newest_beat = beat.number, time.monotonic()
        self.compared = compared
        counts = collections.Counter(verdict_kind(each.verdict) for each in self.compared)
        self.verdicts = f"{counts['=']} =, {counts['behind']} behind, {counts['WRONG']} WRONG"
        self.heartbeat.forget_before(beat)
        if self.is_due("forget", FORGET_SECONDS):
            self.watch.forget(beat.snapshot)

    def look(self, beat):
        """Every window of the last minutes as a Compared: that of the row to be tried, then those that changed last."""
        shown = dict(self.careful.users)
        tried = self.watch.window_of(TRIED)
        since = minutes_ago(LIVE_MINUTES)
        view = self.watch.view(beat.snapshot, since, tried[2] if tried else since)
        recent = {window: row for window, row in reversed(shown.items())
                  if window[2] >= since or tried and window[2] == tried[2]}
        compared = [each for each in comparison.compare(recent, view) if not is_of_beat(each.window)]
        return sorted(compared, key=lambda each: each.window != tried)  # the others stay in their order

    def ask_prometheus(self):
        """The figures, where it has them."""
        for name, expression in FIGURES.items():
            answer = self.stage.prometheus.query(expression)
            self.figures[name] = float(answer[0][1]) if answer else None
        records = {labels["instance"]: float(value) for labels, value in self.stage.prometheus.query(SHARES)}
        group = self.stage.instances[:2]
        mine = {each.name: records.get(f"127.0.0.1:{each.http_port}", 0.0) for each in group}
        total = sum(mine.values())
        self.shares = {name: count / total for name, count in mine.items()} if total else {}

    @property
    def elapsed(self):
        """Seconds since the start."""
        return time.monotonic() - self.began

    @property
    def counts(self):
        """Row changes by kind."""
        return self.payments.counts

    def figure(self, name):
        """A figure of Prometheus as text."""
        value = self.figures.get(name)
        if value is None or value != value:
            return "-"
        return f"{value:.2f}" if name == "latency" else f"{value:,.0f}"

    @property
    def notice(self):
        """What a visitor should know now, if anything."""
        stalled = time.monotonic() - self.newest_beat[1]
        if stalled > STALL_SECONDS:
            return f"nothing has come through for {stalled:.0f} s; logs are in {self.stage.folder}"
        return self.event

    @property
    def late(self):
        """Late records of the second topology."""
        return len(self.careful.late)

    @property
    def dead(self):
        """Dead letters of each topology."""
        return " + ".join(str(self.careful.dead[topic]) for topic in DEAD)

    @property
    def uncommitted(self):
        """What the careless reader took for results."""
        return self.careless.uncommitted

    @property
    def newest(self):
        """Compared windows: that of the row to be tried, then those that changed last."""
        return self.compared

    @property
    def instances(self):
        """Each instance in a few words."""
        texts = []
        for each in self.stage.instances:
            share = f" {self.shares[each.name]:.0%}" if each.name in self.shares else ""
            texts.append(f"{each.name.removeprefix('tallymill-')}{share} " + (f"({each.pid})" if each.pid else "ENDED"))
        return texts

    @property
    def postgres_port(self):
        """For psql."""
        return self.stage.postgres.port

    @property
    def pid_to_kill(self):
        """An instance that runs."""
        return next((each.pid for each in self.stage.instances if each.pid), "PID")

    @property
    def urls(self):
        """What to open in a browser."""
        return [each.console for each in self.stage.instances] + [self.stage.prometheus.url]

    # Its end.

    def finish(self, sabotage):
        """Stops the changes, waits until everything shows the last beat, and compares every window. A list of faults.

        With `sabotage` one record of the output is altered before that, as an error in the engine might have done.
        """
        self.payments.stop()
        self.heartbeat.stop()
        for each in self.stage.instances:
            if not each.pid:
                each.start()
        self.settle()
        if sabotage:
            self.alter_newest_record()
            self.careful.wait_until_at_end()
        self.careless.judge(self.careful)
        self.ask_prometheus()
        first = datetime.datetime.min
        truth = self.watch.view(self.heartbeat.sent[-1].snapshot, first, first).windows
        merchants = self.watch.spend_per_merchant()
        self.windows_compared = sum(not is_of_beat(window) for window in itertools.chain(truth, merchants))
        self.users_windows = sum(not is_of_beat(window) for window in truth)
        faults = comparison.faults_of_users(self.careful.users, truth)
        return faults + comparison.faults_of_merchants(self.careful.merchants, self.careful.late, merchants)

    def settle(self):
        """A last beat, and the wait until both outputs show it."""
        outputs = {"user": self.careful.payments_of_user, "merchant": self.careful.payments_of_merchant}
        beat = self.heartbeat.send()

        def is_shown():
            self.check_parts()
            shown = self.heartbeat.newest_shown(outputs)
            return shown is not None and shown.number == beat.number
        try:
            wait_until(is_shown, SETTLE_SECONDS, "the last beat in the outputs")
        except TimeoutError as error:
            tails = "\n".join(each.log_tail() for each in self.stage.instances)
            raise ServerError(f"{error}: the topologies do not go on\n{tails}") from error
        self.careful.wait_until_at_end()

    def alter_newest_record(self):
        """Writes the newest result again, with a cent more."""
        record = self.careful.newest_record
        row = json.loads(record.value)
        row["total"] = str(comparison.number(row["total"]) + comparison.number("0.01"))
        with KafkaProducer(bootstrap_servers=self.stage.kafka.bootstrap) as producer:
            producer.send(record.topic, json.dumps(row).encode(), record.key, partition=record.partition).get(30)

    def stop(self):
        """Ends threads and connections; fine at any time."""
        for thread in (self.payments, self.heartbeat, self.careful, self.careless):
            thread.stopping.set()


def minutes_ago(minutes):
    """That minute's beginning in UTC, without a zone, as the table's times are."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, second=0, microsecond=0)
    return now - datetime.timedelta(minutes=minutes)


def verdict_kind(verdict):
    """=, WRONG, or behind for all that is not decided."""
    return verdict if verdict in (comparison.EQUAL, comparison.WRONG) else "behind"


def send_broken_record(bootstrap):
    """Writes a record that no connector would into the source topic."""
    with KafkaProducer(bootstrap_servers=bootstrap) as producer:
        sent = producer.send(SOURCE, b'{"payload": {"op": "c", "after": ', b'{"transaction_id":"broken"}').get(30)
    return f"{sent.topic}/{sent.partition} at offset {sent.offset}"
