#!/usr/bin/env python3
"""One history in the shapes of the usual tools: `pipe` makes one table of all of them."""

import gzip
import json

import tallymill
from tallymill import TOPIC, PipeTest, envelope, insertion, order, to_json

# Two orders, a correction that moves one to another customer, a delete with its tombstone; (key, value).
HISTORY = [
    ({"id": 1}, insertion(1, "ann", "10.00", 100)),
    ({"id": 2}, insertion(2, "bob", "4.50", 200)),
    ({"id": 1}, envelope("u", 300, after=order(1, "bob", "2.00"))),
    ({"id": 3}, insertion(3, "Łucja\t\"x\"", "7.00", 400)),
    ({"id": 2}, envelope("d", 500, before={"id": 2})),
    ({"id": 2}, None),
]
TOTALS = {"bob": (1, "2.00"), "Łucja\t\"x\"": (1, "7.00")}


def text(document):
    return None if document is None else to_json(document)


def placed(partitions=3):
    """(partition, offset, key, value) of each record, a key always in one partition."""
    ends = [0] * partitions
    for key, value in HISTORY:
        partition = key["id"] % partitions
        yield partition, ends[partition], key, value
        ends[partition] += 1


def kcat(**changes):
    for partition, offset, key, value in placed():
        yield to_json({"topic": TOPIC, "partition": partition, "offset": offset, "tstype": "create",
                       "ts": 1_767_225_600_000, "broker": 1, "headers": ["trace", "a"], "key": text(key),
                       "payload": text(value)} | changes)


def rpk(indent=None):
    for partition, offset, key, value in placed():
        record = {"topic": TOPIC, "key": text(key), "value": text(value), "timestamp": 1_767_225_600_000,
                  "partition": partition, "offset": offset}
        yield json.dumps({name: each for name, each in record.items() if each is not None}, indent=indent,
                         ensure_ascii=False)


def consumer(before_key=lambda partition, offset: "", has_key=True):
    for partition, offset, key, value in placed():
        shown_key = text(key) + "\t" if has_key else ""
        yield before_key(partition, offset) + shown_key + (text(value) or "null")


class PrintedKeysTest(PipeTest):
    """Sinks with `key_format: string` have texts as keys, printed as JSON strings whatever they look like."""
    topology = tallymill.TOPOLOGY.replace("topic: spend", "topic: printed, key_format: string")

    def test_a_text_that_looks_like_json_is_printed_as_a_text(self):
        for customer in '{"a":1}', "[1]", "5", "null", "true", '"x"', "ann", "":
            with self.subTest(customer=customer):
                self.write("input", to_json(insertion(1, customer, "1.00", 100)))
                [line] = self.pipe("input").lines
                as_plain_key = to_json(customer) if customer in ("null", '"x"') else customer  # as the topic has them
                self.assertEqual(line["key"], as_plain_key)


class FormsTest(PipeTest):
    def assert_history(self, outcome, **fates):
        self.assertEqual(outcome.totals, TOTALS, outcome.said)
        self.assertEqual(outcome.dead_letters, [])
        self.assertEqual(outcome.code, 0)
        self.assertEqual(outcome.fates(), {"read": 6} | (fates or {"applied": 5, "ignored": 1}))

    def test_kcat(self):
        self.assert_history(self.pipe_lines(kcat()))

    def test_kcat_whose_payload_was_made_json(self):
        lines = [json.loads(line) for line in kcat()]
        self.assert_history(self.pipe_lines(
            to_json(line | {"payload": line["payload"] and json.loads(line["payload"])}) for line in lines))

    def test_kcat_without_headers_or_time(self):
        lines = [json.loads(line) for line in kcat()]
        for line in lines:
            del line["headers"], line["ts"], line["tstype"]
        self.assert_history(self.pipe_lines(map(to_json, lines)))

    def test_rpk_one_record_a_line(self):
        self.assert_history(self.pipe_lines(rpk()))

    def test_rpk_as_it_prints_by_default(self):
        self.assert_history(self.pipe_lines(rpk(indent=2)))

    def test_console_consumer(self):
        self.assert_history(self.pipe_lines(consumer(has_key=False)))

    def test_console_consumer_with_keys(self):
        self.assert_history(self.pipe_lines(consumer()))
        self.assert_history(self.pipe_lines(consumer(), "--partitions", "5"))

    def test_kcat_with_keys_and_nothing_for_null(self):
        # -f '%k\\t%s\\n' writes nothing for a null, with -Z it writes NULL.
        for null in ("", "NULL"):
            lines = (text(key) + "\t" + (null if value is None else text(value)) for key, value in HISTORY)
            self.assert_history(self.pipe_lines(lines))

    def test_console_consumer_with_everything(self):
        def columns(partition, offset):
            return f"CreateTime:1767225600000\tPartition:{partition}\tOffset:{offset}\tNO_HEADERS\t"
        self.assert_history(self.pipe_lines(consumer(columns)))

    def test_records_as_text_and_as_json(self):
        for render in (text, lambda document: document):
            self.assert_history(self.pipe_lines(
                to_json({"topic": TOPIC, "partition": partition, "offset": offset, "key": render(key),
                         "value": render(value), "timestampType": "CREATE_TIME"})
                for partition, offset, key, value in placed()))

    def test_bare_envelopes_on_any_number_of_partitions(self):
        lines = [text(value) for _, value in HISTORY if value]
        for partitions in (1, 2, 7):
            with self.subTest(partitions=partitions):
                outcome = self.pipe_lines(lines, "--partitions", str(partitions))
                self.assert_history(outcome, read=5, applied=5)

    def test_a_mixture_from_several_files(self):
        self.write("a", "".join(line + "\n" for line in list(kcat())[:3]))
        self.write("b", "".join(line + "\n" for line in list(rpk(indent=2))[3:]))
        self.assert_history(self.pipe("--final", "a", "b"))

    def test_gzip_in_a_file_and_on_standard_input(self):
        lines = [(line + "\n").encode() for line in kcat()]
        packed = gzip.compress(b"".join(lines[:2])) + gzip.compress(b"".join(lines[2:]))
        self.assert_history(self.pipe("--final", self.write("orders.jsonl.gz", packed)))
        self.assert_history(self.pipe("--final", "--partitions", "3", "-", given=packed))
        self.assert_history(self.pipe("--final", "--partitions", "3", given=packed))

    def test_windows_lines_byte_order_mark_and_no_last_line_feed(self):
        self.write("input", "\ufeff" + "\r\n\r\n".join(consumer()))
        self.assert_history(self.pipe("--final", "input"))


class RowsThatLookLikeRecordsTest(PipeTest):
    topology = """version: 1
name: shop
sources:
  outbox:
    topic: cdc.public.outbox
    primary_key: [id]
    columns: { id: int, topic: string, key: string, payload: string, value: string }
pipelines:
  out: { from: outbox, steps: [{ aggregate: { by: [payload, value], compute: { n: count() } } }], to: { topic: out } }
"""

    def test_columns_called_as_fields_of_records(self):
        row = {"id": 1, "topic": "orders", "key": "k", "payload": "p", "value": "v"}
        for line in (row, row | {"__deleted": "false"}, row | {"partition": 0, "offset": 7},
                     {"op": "c", "before": None, "after": row, "source": {"lsn": 1}}):
            with self.subTest(line=line):
                outcome = self.pipe_lines([to_json(line)])
                self.assertEqual([line["value"] for line in outcome.lines], [{"payload": "p", "value": "v", "n": 1}])


if __name__ == "__main__":
    tallymill.main()
