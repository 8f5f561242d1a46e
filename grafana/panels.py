"""What the dashboards show: each panel with its meaning and its queries.

`make_dashboards.py` writes the JSON of this, `tests/dashboards` runs every query on a known load.
"""

import dataclasses

# Every query is about the chosen instances; $__rate_interval is Grafana's, four scrapes at least.
HERE = 'job=~"$job", topology=~"$topology", instance=~"$instance"'


@dataclasses.dataclass(frozen=True)
class Panel:
    """`queries` are (expression, legend); `thresholds` are (value, colour), green below the first."""

    title: str
    description: str
    unit: str  # Grafana's name of it
    queries: tuple
    kind: str = "timeseries"
    thresholds: tuple = ()
    is_stacked: bool = False


@dataclasses.dataclass(frozen=True)
class Dashboard:
    """`rows` are panels from top to bottom, those of a row side by side."""

    file: str
    uid: str
    title: str
    description: str
    rows: tuple


def rate(metric, labels, by):
    """The rate of a counter, summed over everything but `by`."""
    selector = f"{HERE}, {labels}" if labels else HERE
    return f"sum by ({by}) (rate({metric}{{{selector}}}[$__rate_interval]))"


def quantile(of, metric):
    """A quantile of a histogram over all chosen instances."""
    return f"histogram_quantile({of}, sum by (le, topology) (rate({metric}_bucket{{{HERE}}}[$__rate_interval])))"


RECORDS = Panel(
    "Records by fate",
    "Records of the sources per second. Applied ones changed a row that a pipeline may see; duplicates were "
    "repeated by the connector and did nothing; dead ones are in the dead-letter topic with their reason.",
    "cps", ((rate("tallymill_records_total", "", "fate"), "{{fate}}"),), is_stacked=True)
IMAGES = Panel(
    "Images by fate",
    "Before and after images per second that entered each pipeline, up to its first aggregate. Late ones came "
    "after their window's grace, and are in the late topic.",
    "cps", ((rate("tallymill_images_total", "", "pipeline, fate"), "{{pipeline}} {{fate}}"),), is_stacked=True)
LAG = Panel(
    "Lag",
    "Records of the inputs that are not committed yet, by input. Steady is well; growing means that the instances "
    "do not keep up: add workers or instances, up to the number of partitions.",
    "short", ((f"sum by (topology, topic) (tallymill_input_lag_records{{{HERE}}})", "{{topic}}"),),
    thresholds=((100_000, "red"),))
LATENCY = Panel(
    "End-to-end latency",
    "From the commit in PostgreSQL to Tallymill's own, through Debezium and Kafka, of records that were at most a "
    "minute old. Catching up is left out: see the lag.",
    "s", ((quantile(0.5, "tallymill_end_to_end_latency_seconds"), "p50 {{topology}}"),
          (quantile(0.95, "tallymill_end_to_end_latency_seconds"), "p95 {{topology}}"),
          (quantile(0.99, "tallymill_end_to_end_latency_seconds"), "p99 {{topology}}")),
    thresholds=((5, "red"),))
WATERMARK = Panel(
    "Watermark delay",
    "How far the lowest watermark is behind the clock. Windows close by the watermark: a partition without "
    "records holds it back, and `/tasks` says which.",
    "s", ((f"max by (topology, sub_topology) (tallymill_watermark_delay_seconds{{{HERE}}})",
           "{{topology}} {{sub_topology}}"),))
LATE = Panel(
    "Late images in 15 minutes",
    "Images that came after the grace of their window. Nothing is lost: they are in the late topic. Many of them "
    "mean that `grace` or `out_of_orderness` is too short for this source.",
    "short", ((f'sum by (topology) (increase(tallymill_images_total{{{HERE}, fate="late"}}[15m]))', "{{topology}}"),),
    kind="stat", thresholds=((1, "orange"),))
DEAD = Panel(
    "Dead letters in 15 minutes",
    "Records that could not be used, kept in the dead-letter topic with their reason.",
    "short", ((f'sum by (topology) (increase(tallymill_records_total{{{HERE}, fate="dead"}}[15m]))', "{{topology}}"),),
    kind="stat", thresholds=((1, "red"),))
REASONS = Panel(
    "Dead letters by reason",
    "Since the instances started. The header `tallymill.message` of each letter says more.",
    "short", ((f"sum by (topology, reason) (tallymill_dead_letters_total{{{HERE}}})", "{{topology}} {{reason}}"),))
INSTANCES = Panel(
    "Instances",
    "Instances that answer, by topology. Fewer than were started: see the alert for instances that are down.",
    "short", ((f"count by (topology) (tallymill_build_info{{{HERE}}})", "{{topology}}"),), kind="stat")
IN_GROUP = Panel(
    "Workers in the group",
    "Workers that are members of their consumer group, of all there are.",
    "percentunit", ((f'sum by (topology) (tallymill_workers{{{HERE}, state="in_group"}})'
                     f" / sum by (topology) (tallymill_workers{{{HERE}}})", "{{topology}}"),), kind="stat",
    thresholds=())
RESULTS = Panel(
    "Results",
    "Records written per second by topic, committed ones alone: results, late records, dead letters, and internal "
    "topics.",
    "cps", ((rate("tallymill_produced_records_total", "", "topic"), "{{topic}}"),))

COMMITS = Panel(
    "Commits",
    "Kafka transactions per second. Each makes results, state and input offsets visible together.",
    "cps", ((rate("tallymill_commits_total", "", "topology, instance"), "{{topology}} {{instance}}"),))
ABORTS = Panel(
    "Aborts",
    "Transactions that were aborted and done again. Rebalances and broker restarts bring some, and no number "
    "changes by them; a steady rate is a fault.",
    "short", ((f"sum by (topology, instance) (increase(tallymill_aborts_total{{{HERE}}}[5m]))",
               "{{topology}} {{instance}}"),), thresholds=((10, "orange"),))
RECREATIONS = Panel(
    "Producers made anew",
    "After an answer that never came the producer is made anew, so that the broker fences whatever the old one "
    "may still send. Rare by nature; often means an overloaded broker, or a second process with the same state "
    "directory.",
    "short", ((f"sum by (topology, instance) (increase(tallymill_producer_recreations_total{{{HERE}}}[5m]))",
               "{{topology}} {{instance}}"),), thresholds=((3, "orange"),))
COMMIT_SECONDS = Panel(
    "Commit duration",
    "From the flush to the broker's answer. Should stay well below `transaction_timeout`.",
    "s", ((quantile(0.5, "tallymill_commit_duration_seconds"), "p50 {{topology}}"),
          (quantile(0.99, "tallymill_commit_duration_seconds"), "p99 {{topology}}")), thresholds=((5, "red"),))
UNSTABLE = Panel(
    "Held back by open transactions (HW - LSO)",
    "Offsets between the last stable one and the end of each input: what no careful reader gets before an open "
    "transaction ends. More than some seconds of it means a producer that died in a transaction, or one that "
    "hangs.",
    "short", ((f"max by (topology, topic) (tallymill_input_unstable_records{{{HERE}}})", "{{topic}}"),))
REBALANCES = Panel(
    "Rebalances and lost partitions",
    "Times that partitions were handed to a worker, and partitions that went to others without a goodbye, as "
    "after a pause longer than the session.",
    "short", ((f"sum by (topology) (increase(tallymill_rebalances_total{{{HERE}}}[5m]))", "rebalances {{topology}}"),
              (f"sum by (topology) (increase(tallymill_partitions_lost_total{{{HERE}}}[5m]))", "lost {{topology}}")))
DUPLICATES = Panel(
    "Duplicates",
    "Records that the connector sent again, recognised by the log position of their row and not counted twice.",
    "cps", ((rate("tallymill_records_total", 'fate="duplicate"', "topology, source"), "{{topology}} {{source}}"),))

STATE_BYTES = Panel(
    "State",
    "Bytes of keys and values in the stores of the tasks, by part of the topology. It is held in memory.",
    "bytes", ((f"sum by (topology, sub_topology) (tallymill_state_bytes{{{HERE}}})", "{{topology}} {{sub_topology}}"),),
    is_stacked=True)
STATE_ENTRIES = Panel(
    "Entries",
    "Rows, slices and extremes in the stores.",
    "short", ((f"sum by (topology, sub_topology) (tallymill_state_entries{{{HERE}}})",
               "{{topology}} {{sub_topology}}"),))
MEMORY = Panel(
    "Memory of the process",
    "Resident memory: state, librdkafka's queues and the rest.",
    "bytes", ((f"process_resident_memory_bytes{{{HERE}}}", "{{topology}} {{instance}}"),))
CPU = Panel(
    "CPU",
    "Processors that the process keeps busy.",
    "short", ((f"rate(process_cpu_seconds_total{{{HERE}}}[$__rate_interval])", "{{topology}} {{instance}}"),))
RESTORING = Panel(
    "Tasks",
    "Tasks that run, and those whose state is being rebuilt from its changelog.",
    "short", ((f"sum by (topology, state) (tallymill_tasks{{{HERE}}})", "{{topology}} {{state}}"),),
    is_stacked=True)
REMAINING = Panel(
    "Still to restore",
    "Changelog records that tasks have to pass before they run.",
    "short", ((f"sum by (topology, sub_topology) (tallymill_restore_remaining_records{{{HERE}}})",
               "{{topology}} {{sub_topology}}"),))
REPORT_AGE = Panel(
    "Age of the workers' reports",
    "A worker reports about once a second. An old report is a worker that is stuck; `/livez` fails after a "
    "minute.",
    "s", ((f"max by (topology, instance) (tallymill_worker_report_age_seconds{{{HERE}}})",
           "{{topology}} {{instance}}"),), thresholds=((10, "orange"), (60, "red")))

READ = Panel(
    "Read",
    "Records read and committed per second by part of the topology: of the source, and frames of partials behind "
    "an exchange.",
    "cps", ((rate("tallymill_consumed_records_total", "", "topology, sub_topology"), "{{topology}} {{sub_topology}}"),))
READ_BYTES = Panel(
    "Bytes read",
    "Keys and values, by part of the topology.",
    "Bps", ((rate("tallymill_consumed_bytes_total", "", "topology, sub_topology"), "{{topology}} {{sub_topology}}"),))
PARTITION_LAG = Panel(
    "Lag by partition",
    "One partition alone that lags has a hot key, or a worker that is stuck.",
    "short", ((f"tallymill_input_lag_records{{{HERE}}}", "{{topic}}/{{partition}}"),))
OBSERVATIONS = Panel(
    "Observations",
    "Of records, whatever their fate: such as an LSN that cannot be read, or an update of a row that nobody knows. "
    "grafana/README.md says what each means.",
    "cps", ((rate("tallymill_observations_total", "", "source, observation"), "{{source}} {{observation}}"),))

DASHBOARDS = (
    Dashboard("overview", "tallymill-overview", "Tallymill: overview",
              "Whether the numbers are up to date, and what becomes of the records. Begin here.",
              ((INSTANCES, IN_GROUP, LATE, DEAD), (RECORDS, IMAGES), (LAG, LATENCY), (WATERMARK, RESULTS))),
    Dashboard("exactly_once", "tallymill-exactly-once", "Tallymill: exactly once",
              "Transactions: how many, how long, how often one is done again, and what waits for one that is open.",
              ((COMMITS, COMMIT_SECONDS), (ABORTS, RECREATIONS), (UNSTABLE, REBALANCES), (DUPLICATES,))),
    Dashboard("state_and_restore", "tallymill-state", "Tallymill: state and restore",
              "What the instances hold, and how far they are in rebuilding it.",
              ((STATE_BYTES, STATE_ENTRIES), (RESTORING, REMAINING), (MEMORY, CPU), (REPORT_AGE,))),
    Dashboard("topology", "tallymill-topology", "Tallymill: one topology",
              "A topology part by part; choose it above.",
              ((READ, READ_BYTES), (RECORDS, IMAGES), (PARTITION_LAG, WATERMARK), (OBSERVATIONS, RESULTS, REASONS))),
)
