"""The topologies that histories run through: the text for the engine, and the same in Python for the reference."""

import dataclasses
import enum

import exact
from records import Special
from views import Grouping, GroupView, RowView, highest, lowest

DOCUMENT = """\
version: 1
name: differential
dead_letter: {{ payload: raw }}
sources:
  transactions:
{source}pipelines:
"""

FULL_COMPUTE = """\
            payments: count()
            priced: count(amount)
            total: sum(amount)
            smallest: min(amount)
            largest: max(amount)
            mean: avg(amount, 6)
            refunds: sum(amount) where kind == "refund"
            large: count() where amount > 100.10
"""


class Verdict(enum.Enum):
    """What a step says of a row that does not go on."""
    FILTERED = "filtered"
    FAILED = "expression_failed"
    UNAVAILABLE = "unavailable_value"  # reads a column whose value nobody knows


def whole(row):
    return dict(row)


def amounts(rows):
    return [row["amount"] for row in rows if row["amount"] is not None]


def full_compute(rows):
    priced = amounts(rows)
    return {"payments": len(rows), "priced": len(priced), "total": exact.total(priced), "smallest": lowest(priced),
            "largest": highest(priced), "mean": exact.mean(priced, 6),
            "refunds": exact.total(amounts(row for row in rows if row["kind"] == "refund")),
            "large": sum(amount > exact.number("100.10") for amount in priced)}


def group_of(*columns):
    return lambda row: {name: row[name] for name in columns}


@dataclasses.dataclass(frozen=True)
class Topology:
    """Text and meaning of one topology; its first aggregate is named `totals`, its pipeline `changes`."""
    name: str
    pipelines: str  # IDENTITY and IDENTITY_MAP stand for the columns of the primary key
    view: callable  # capture -> a fresh view of the first table
    step: callable = whole  # row -> row or Verdict, before the first aggregate
    grouping: Grouping | None = None
    read_by_aggregates: tuple = ("amount", "kind")
    mode: str = "table"
    include_snapshot: bool = False
    by_commit_time: bool = False
    out_of_orderness: int = 0
    max_ahead: int = exact.HOUR
    grace: int | None = None
    topic: str = "totals"
    tail: callable = None  # the first table's rows -> the second table, if there is one

    @property
    def window(self):
        return self.grouping.window if self.grouping else None

    @property
    def time_column(self):
        return "committed" if self.by_commit_time else "timestamp"

    def text(self, capture):
        source = capture.declaration(self.include_snapshot,
                                     "meta.source_time" if self.by_commit_time else "timestamp",
                                     self.out_of_orderness // exact.SECOND, self.max_ahead // exact.SECOND)
        mapped = "".join(f"          {name}: {name}\n" for name in capture.identity)
        pipelines = self.pipelines.replace("IDENTITY_MAP", mapped).replace("IDENTITY", ", ".join(capture.identity))
        return DOCUMENT.format(source=source) + pipelines

    def tables(self, view):
        """The final table of each output topic."""
        tables = {self.topic: view.table}
        if self.tail:
            tables["tail"] = self.tail(view.table.values())
        return tables


def by_user(window=exact.MINUTE, compute=full_compute, time="timestamp"):
    return Grouping(group_of("user_id", "currency"), window, compute, time)


def minute_pipeline(by, options="", steps="", compute=FULL_COMPUTE):
    return f"""\
  changes:
    from: transactions
    steps:
{steps}      - name: totals
        aggregate:
          by: [{by}]
          window: {{ tumbling: 1m{options} }}
          compute:
{compute}    to: {{ topic: totals }}
"""


def grouped(name, grouping, pipelines, **others):
    return Topology(name, pipelines, lambda capture: GroupView(grouping), grouping=grouping, **others)


def without_fees(row):
    if row["kind"] is Special.UNAVAILABLE:
        return Verdict.UNAVAILABLE
    return Verdict.FILTERED if row["kind"] == "fee" else dict(row)


def without_id_and_note(row):
    return {name: value for name, value in row.items() if name not in ("id", "note")}


def dressed(row):
    """The steps of the topology `rows`."""
    amount = row["amount"]
    if row["currency"] not in ("USD", "GBP"):
        return Verdict.FILTERED  # false && x is false whatever x is
    if amount is Special.UNAVAILABLE:
        return Verdict.UNAVAILABLE
    if amount is None or not amount > 0:
        return Verdict.FILTERED
    if row["kind"] is Special.UNAVAILABLE:
        return Verdict.UNAVAILABLE
    if row["user_id"] == "":
        return Verdict.FAILED
    if row["note"] is Special.UNAVAILABLE:
        return Verdict.UNAVAILABLE
    share = None if row["user_id"] is None else 10 // len(row["user_id"])
    columns = {name: row[name] for name in ("tenant", "id") if name in row}
    return columns | {
        "owner": row["user_id"], "currency": row["currency"],
        "doubled": exact.text(exact.EXACT.add(exact.EXACT.multiply(amount, exact.number("2.0")), exact.number("0.50"))),
        "label": "none" if row["kind"] is None else row["kind"] + "!", "share": share,
        "noted": None if row["note"] is None else row["note"] != "", "quantity": row["quantity"]}


def row_view(*others):
    return lambda capture: RowView(capture.identity + others)


ROWS = """\
  changes:
    from: transactions
    steps:
      - filter: amount > 0 && currency in ["USD", "GBP"]
      - map:
IDENTITY_MAP          owner: user_id
          currency: currency
          doubled: amount * 2.0 + 0.50
          label: "coalesce(kind + \\"!\\", \\"none\\")"
          share: 10 / size(user_id)
          noted: size(note) > 0
          quantity: quantity
    to: { topic: totals, key: [IDENTITY%s] }
"""

def hours(options=""):
    return minute_pipeline("user_id, currency", options) + f"""\
  hours:
    from: changes
    steps:
      - name: hourly
        aggregate:
          by: [currency]
          window: {{ tumbling: 1h{options} }}
          compute:
            minutes: count()
            payments: sum(payments)
            total: sum(total)
            largest: max(largest)
            mean: avg(total, 3)
    to: {{ topic: tail }}
"""


def hourly(minutes):
    """The second aggregate of the topology `hours`, over the rows of the first."""
    def decimals(rows, name):
        return [exact.number(row[name]) for row in rows if row[name] is not None]

    def compute(rows):
        largest = [exact.number(text) for row in rows if row["largest"] for text in row["largest"].texts]
        return {"minutes": len(rows), "payments": exact.number(str(sum(row["payments"] for row in rows))),
                "total": exact.total(decimals(rows, "total")), "largest": highest(largest),
                "mean": exact.mean(decimals(rows, "total"), 3)}

    view = GroupView(Grouping(group_of("currency"), exact.HOUR, compute))
    for minute in minutes:
        row = dict(minute)
        end = exact.micros(row["window_end"])
        view.change([(None, dict(row, timestamp=end - 1))])
    return view.table


RUNNING = """\
  changes:
    from: transactions
    steps:
      - name: totals
        aggregate:
          by: [user_id, currency]
          compute:
%s      - filter: payments > 1 && total > 0
    to: { topic: totals }
""" % FULL_COMPUTE


def is_kept(row):
    return row["payments"] > 1 and row["total"] is not None and exact.number(row["total"]) > 0


BY_AMOUNT = """\
  changes:
    from: transactions
    steps:
      - name: totals
        aggregate:
          by: [amount, { is_fee: "kind == \\"fee\\"" }]
          compute:
            payments: count()
    to: { topic: totals }
"""


def amount_group(row):
    return {"amount": None if row["amount"] is None else exact.canonical(row["amount"]),
            "is_fee": row["kind"] == "fee"}


def counted(rows):
    return {"payments": len(rows)}


RUNNING_TOTAL = by_user(window=None)
PER_AMOUNT = Grouping(amount_group, None, counted)
PER_ROW = Grouping(group_of("id", "currency"), exact.MINUTE, full_compute)
FEES_OUT = '      - filter: kind != "fee"\n'

TOPOLOGIES = {topology.name: topology for topology in (
    grouped("minutes", by_user(), minute_pipeline("user_id, currency")),
    grouped("grace", by_user(), minute_pipeline("user_id, currency", ", grace: 1s", FEES_OUT), step=without_fees,
            out_of_orderness=2 * exact.SECOND, grace=exact.SECOND),
    grouped("grace_zero", by_user(), minute_pipeline("user_id, currency", ", grace: 0s", "      - drop: [id, note]\n"),
            step=without_id_and_note, grace=0,
            max_ahead=10 * exact.SECOND),
    Topology("rows", ROWS % "", row_view(), step=dressed, read_by_aggregates=()),
    Topology("rows_by_owner", ROWS % ", owner", row_view("owner"), step=dressed,
             read_by_aggregates=()),
    grouped("hours", by_user(), hours(), tail=hourly),
    grouped("hours_grace", by_user(), hours(", grace: 2s"), tail=hourly, grace=2 * exact.SECOND),
    Topology("running", RUNNING, lambda capture: GroupView(RUNNING_TOTAL, is_kept), grouping=RUNNING_TOTAL),
    grouped("per_amount", PER_AMOUNT, BY_AMOUNT),
    grouped("per_row", PER_ROW, minute_pipeline("id, currency")),
    grouped("per_row_grace", PER_ROW, minute_pipeline("id, currency", ", grace: 5s"),
            out_of_orderness=exact.SECOND, grace=5 * exact.SECOND),
    grouped("facts", by_user(), minute_pipeline("user_id, currency", ", grace: 5s", FEES_OUT), step=without_fees,
            mode="events", out_of_orderness=exact.SECOND, grace=5 * exact.SECOND),
    grouped("facts_and_snapshots", by_user(), minute_pipeline("user_id, currency", ", grace: 0s"), mode="events",
            include_snapshot=True, grace=0),
    grouped("commit_minutes", by_user(time="committed"), minute_pipeline("user_id, currency"), by_commit_time=True),
    grouped("keyless", by_user(), minute_pipeline("user_id, currency", "", FEES_OUT), step=without_fees,
            mode="changelog"),
    Topology("keyless_running", RUNNING, lambda capture: GroupView(RUNNING_TOTAL, is_kept), grouping=RUNNING_TOTAL,
             mode="changelog"),
)}
