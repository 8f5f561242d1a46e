#!/usr/bin/env python3
"""How `pipe` ends, and what it says then: broken lines, dead letters, signals, closed output, topics, partitions."""

import fcntl
import gzip
import os
import signal
import struct
import subprocess
import termios
import time

import tallymill
from tallymill import TOPIC, PipeTest, envelope, insertion, order, to_json

FIRST = to_json(insertion(1, "ann", "10.00", 100))
SECOND = to_json(insertion(2, "ann", "5.00", 200))
LONGEST_LINE = 128 << 20


def waiting_in(pipe):
    """How many bytes were written to a pipe and not read."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


class BrokenLinesTest(PipeTest):
    broken = ("no JSON", "[1]", '{"op":"c","after":{"id":', '{"topic":"t","partition":-1,"value":"{}"}',
              '{"topic":"t","partition":0,"offset":0,"broker":1,"key":"k","payload":null,"payload_error":"no schema"}',
              '{"topic":"t","key":"k","value_size":7,"timestamp":1,"partition":0,"offset":0}', "key\tvalue",
              '{"topic":"t","partition":nan,"key":"k","value":"{}"}', '{"topic":"t","key":"k","value":nope}',
              '{"topic":"t","partition":0,"offset":n,"key":"k","value":null}')

    def test_each_is_a_dead_letter_with_its_place_and_the_next_line_is_read(self):
        for broken in self.broken:
            with self.subTest(broken=broken):
                outcome = self.pipe_lines([FIRST, broken, "", SECOND])
                self.assertEqual(outcome.totals, {"ann": (2, "15.00")})
                self.assertEqual([letter["tallymill.input"] for letter in outcome.dead_letters], ["input line 2"])
                self.assertEqual(outcome.dead_letters[0]["tallymill.reason"], "malformed_record")
                self.assertEqual(outcome.code, 0)
                self.assertIn("dead letters 1: malformed_record 1\nthe first dead letter: input line 2: ", outcome.said)

    def test_a_line_with_two_objects_names_the_way_to_two_lines(self):
        for behind in SECOND, " " + SECOND, ",", "]", "}", ' "}"':
            with self.subTest(behind=behind):
                letter = self.pipe_lines([FIRST + behind]).dead_letters[0]["tallymill.message"]
                self.assertIn("something stands behind the line's JSON object", letter)
                self.assertIn("`jq -c .`", letter)
        for broken in '{"a":"}"', '{"a":}{}', '{"a":1]', '{"id":1}\t{"op":"c"':
            with self.subTest(broken=broken):
                self.assertIn("begins a JSON object that is broken",
                              self.pipe_lines([broken]).dead_letters[0]["tallymill.message"])

    def test_half_a_character_in_what_nobody_declared_harms_no_line(self):
        row = order(1, "ann", "10.00")
        line = to_json(row)[:-1] + r',"\ud800":1,"note":"\udc00","rate":1e999}'
        wrapped = to_json({"topic": TOPIC, "key": '{"id":1}'})[:-1] + r',"\ud800":1,"value":%s}' % line
        for each in (line, wrapped):
            for partitions in "1", "2":
                outcome = self.pipe_lines([each], "--partitions", partitions)
                self.assertEqual((outcome.totals, outcome.dead_letters), ({"ann": (1, "10.00")}, []))
        self.assertIn("is broken", self.pipe_lines([line.replace(r"\ud800", r"\q"), FIRST]).said)

    def test_bytes_that_are_no_text(self):
        self.write("input", FIRST.encode() + b'\n{"op":"\xff"}\n\x00\x00\n\xc3\n' + SECOND.encode())
        outcome = self.pipe("--final", "input")
        self.assertEqual(outcome.totals, {"ann": (2, "15.00")})
        self.assertEqual([letter["tallymill.input"] for letter in outcome.dead_letters],
                         ["input line 2", "input line 3", "input line 4"])

    def test_a_line_without_end(self):
        self.write("input", FIRST.encode() + b"\n" + b"x" * (LONGEST_LINE + 1) + b"\n" + SECOND.encode())
        outcome = self.pipe("--final", "input")
        self.assertEqual(outcome.totals, {"ann": (2, "15.00")})
        self.assertIn("longer than 128 MiB", outcome.dead_letters[0]["tallymill.message"])

    def test_a_record_that_cannot_be_decoded_has_its_place_too(self):
        wrong = to_json(insertion(3, "ann", "ten", 300))
        outcome = self.pipe_lines([FIRST, wrong, SECOND], "--commit-every", "1")
        self.assertEqual([letter["tallymill.input"] for letter in outcome.dead_letters], ["input line 2"])

    def test_strict_ends_at_the_first(self):
        outcome = self.pipe_lines([FIRST, "no JSON", SECOND], "--strict")
        self.assertEqual(outcome.code, 2)
        self.assertEqual(outcome.totals, {"ann": (1, "10.00")})
        self.assertIn("error: input line 2: the line is no JSON object", outcome.said)
        self.assertEqual(outcome.fates(), {"read": 1, "applied": 1})

    def test_fail_on_dead_letters(self):
        wrong = to_json(insertion(3, "ann", "ten", 300))
        for lines, code in (([FIRST], 0), ([FIRST, "no JSON"], 4), ([FIRST, wrong], 4)):
            with self.subTest(lines=lines):
                self.assertEqual(self.pipe_lines(lines, "--fail-on-dead-letters").code, code)

    def test_an_offset_that_comes_again_is_not_counted_again(self):
        line = to_json({"topic": TOPIC, "partition": 0, "offset": 5, "key": '{"id":1}', "value": FIRST})
        outcome = self.pipe_lines([line, line])
        self.assertEqual(outcome.totals, {"ann": (1, "10.00")})
        self.assertIn("offset 5 of partition 0 comes behind 5", outcome.dead_letters[0]["tallymill.message"])

    def test_sensitive_columns_do_not_show_in_broken_lines(self):
        sensitive = self.topology.replace("customer: string", "customer: { type: string, sensitive: true }")
        self.write("topology.yaml", sensitive)
        for arguments in ((), ("--strict",), ("--show-sensitive",)):
            outcome = self.pipe_lines([FIRST, '{"customer":"secret"'], *arguments)
            self.assertNotIn("secret", str(outcome.lines) + outcome.said)


class SignalsTest(PipeTest):
    def start(self, *arguments):
        def restore():  # a shell that runs the tests in the background ignores it for them
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        running = subprocess.Popen([tallymill.binary, "pipe", "topology.yaml", *arguments], cwd=self.folder,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   preexec_fn=restore)
        for stream in (running.stdin, running.stdout, running.stderr):
            self.addCleanup(stream.close)
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        return running

    @staticmethod
    def write_until_taken(running, text):
        running.stdin.write(text.encode())
        running.stdin.flush()
        deadline = time.monotonic() + 30
        while waiting_in(running.stdin) > 0:
            if time.monotonic() > deadline:
                raise TimeoutError("the input was not read")
            os.sched_yield()

    def end_of(self, running):
        printed, said = (stream.read().decode() for stream in (running.stdout, running.stderr))
        return tallymill.Outcome(running.wait(30), printed, said)

    def test_what_was_read_is_finished_and_counted(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(signal=number):
                running = self.start("--final")
                self.write_until_taken(running, FIRST + "\n" + SECOND + "\n" + '{"op":"c","after":{"id')
                running.send_signal(number)
                outcome = self.end_of(running)
                self.assertEqual(outcome.code, code)
                self.assertEqual(outcome.totals, {"ann": (2, "15.00")})
                self.assertEqual(outcome.dead_letters, [], "a line that was cut off is none")
                self.assertEqual(outcome.fates(), {"read": 2, "applied": 2})
                self.assertIn(f"ended by {number.name}", outcome.said)

    def test_what_is_typed_is_worked_on_at_once(self):
        running = self.start()
        running.stdin.write(FIRST.encode() + b"\n")
        running.stdin.flush()
        self.assertIn('"total":"10.00"', running.stdout.readline().decode())
        running.send_signal(signal.SIGINT)
        self.assertEqual(self.end_of(running).code, 130)

    def test_the_second_signal_ends_it(self):
        # Nobody reads the output, so that it cannot finish: it writes, and reads nothing more.
        running = self.start("--commit-every", "10")
        lines = "".join(to_json(insertion(number, f"c{number}", "1.00", number)) + "\n" for number in range(1, 20_000))
        os.set_blocking(running.stdin.fileno(), False)
        data, times_full, deadline = lines.encode(), 0, time.monotonic() + 30
        while times_full < 1000:
            self.assertLess(time.monotonic(), deadline)
            self.assertTrue(data, "all was read: the output never held it up")
            try:
                data = data[os.write(running.stdin.fileno(), data):]
                times_full = 0
            except BlockingIOError:
                times_full += waiting_in(running.stdout) > 0
                os.sched_yield()
        running.send_signal(signal.SIGTERM)
        running.send_signal(signal.SIGINT)
        self.assertIn(running.wait(30), (-signal.SIGTERM, -signal.SIGINT))

    def test_a_closed_output_ends_it_quietly(self):
        lines = "".join(to_json(insertion(number, f"c{number}", "1.00", number)) + "\n" for number in range(1, 5000))
        self.write("input", lines)
        for restore in (True, False):  # with SIGPIPE as a shell has it, and ignored as by a parent in Python
            with self.subTest(restore=restore):
                running = subprocess.Popen(
                    [tallymill.binary, "pipe", "topology.yaml", "input", "--commit-every", "10"], cwd=self.folder,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, restore_signals=restore)
                running.stdout.readline()
                running.stdout.close()
                self.assertEqual(running.stderr.read(), b"")
                running.stderr.close()
                self.assertEqual(running.wait(30), -signal.SIGPIPE)


class TopicsTest(PipeTest):
    def lines_of(self, *topics):
        return [to_json({"topic": topic, "key": '{"id":1}', "value": FIRST}) for topic in topics]

    def test_not_one_line_that_a_source_reads(self):
        outcome = self.pipe_lines(self.lines_of("stg.public.orders", "stg.public.orders"))
        self.assertEqual(outcome.code, 2)
        self.assertIn("the lines are of stg.public.orders 2", outcome.said)
        self.assertIn("say --map orders=stg.public.orders", outcome.said)
        self.assertEqual(self.pipe("--final", "input", "--map", "orders=stg.public.orders").totals,
                         {"ann": (1, "10.00")})

    def test_some_lines_of_other_topics_are_counted_by_topic(self):
        outcome = self.pipe_lines(self.lines_of(TOPIC, "a", "b", "b"))
        self.assertEqual(outcome.code, 0)
        self.assertIn("lines skipped, of topics that no source reads: b 2, a 1\n", outcome.said)

    def test_of_many_topics_some_are_named(self):
        outcome = self.pipe_lines(self.lines_of(*(f"t{number}" for number in range(50))))
        self.assertIn("and 42 more", outcome.said)

    def test_nothing_at_all_is_no_mistake(self):
        for content in b"", b"\n \n", gzip.compress(b""):
            self.write("input", content)
            for outcome in self.pipe("--final", "input"), self.pipe("--final", given=content):
                with self.subTest(content=content):
                    self.assertEqual((outcome.code, outcome.lines), (0, []))
                    self.assertIn("note: the input is empty, and so is the result\n", outcome.said)
        self.write("empty", b"")
        self.write("input", FIRST + "\n")
        self.assertNotIn("empty", self.pipe("--final", "empty", "input").said)

    def test_not_one_line_that_is_a_record(self):
        outcome = self.pipe_lines(["a", "b"])
        self.assertEqual(outcome.code, 2)
        self.assertIn("not one line of 2 is a record", outcome.said)

    def test_a_source_without_a_line_is_named_where_others_were_skipped(self):
        refunds = ('  refunds:\n    topic: refunds\n    primary_key: [id]\n    columns:\n'
                   '      { id: int, customer: string, amount: { type: decimal, currency: "USD" } }\n')
        second = self.topology.replace("pipelines:", refunds + "pipelines:")
        self.write("topology.yaml", second.replace("from: orders", "from: [orders, refunds]"))
        outcome = self.pipe_lines(self.lines_of(TOPIC, "stg.refunds"))
        self.assertEqual(outcome.code, 0, outcome.said)
        self.assertIn('note: no line is of topic "refunds", which source "refunds" reads', outcome.said)
        bare = self.pipe_lines([FIRST])
        self.assertEqual(bare.code, 2)
        self.assertIn("input line 1: the line names no topic, and the topology reads several", bare.said)


class PartitionsTest(PipeTest):
    @staticmethod
    def record(partition, number=1):
        return to_json({"topic": TOPIC, "partition": partition, "key": to_json({"id": number}),
                        "value": to_json(insertion(number, "ann", "1.00", 100 + number))})

    def test_as_many_as_the_files_speak_of(self):
        self.write("a", self.record(0, 1) + "\n")
        self.write("b", self.record(9, 2) + "\n")
        self.write("c.gz", gzip.compress(self.record(11, 3).encode()))
        outcome = self.pipe("--final", "a", "b", "c.gz")
        self.assertEqual((outcome.code, outcome.totals), (0, {"ann": (3, "3.00")}))

    def test_standard_input_has_one(self):
        outcome = self.pipe("--final", given=(self.record(0) + "\n" + self.record(3, 2)).encode())
        self.assertEqual(outcome.code, 2)
        self.assertIn("standard input line 2: the record is of partition 3, and the topic has 1", outcome.said)
        self.assertIn("say --partitions 4", outcome.said)
        self.assertEqual(outcome.totals, {"ann": (1, "1.00")}, "what came before was good")

    def test_partitions_inside_of_a_value_count_for_nothing(self):
        value = insertion(1, "ann", "1.00", 100)
        value["after"]["partition"] = 40_000
        outcome = self.pipe_lines([to_json({"topic": TOPIC, "key": '{"id":1}', "value": value, "partition": 0})])
        self.assertEqual((outcome.code, outcome.totals), (0, {"ann": (1, "1.00")}))

    def test_lines_that_say_their_place_in_two_ways_do_not_part_a_row(self):
        update = to_json(envelope("u", 300, after=order(1, "ann", "2.00")))
        outcome = self.pipe_lines([self.record(0), self.record(2, 2), update])
        self.assertEqual(outcome.totals, {"ann": (2, "2.00")})
        self.assertIn("could part into two partitions", outcome.dead_letters[0]["tallymill.message"])

    def test_a_bare_update_finds_its_row_on_any_partition(self):
        lines = [to_json(insertion(number, "ann", "1.00", 100 + number)) for number in range(20)]
        lines += [to_json(envelope("u", 200 + number, after=order(number, "ann", "2.00"))) for number in range(20)]
        lines += [to_json(envelope("d", 300 + number, before={"id": number})) for number in range(15)]
        self.assertEqual(self.pipe_lines(lines, "--partitions", "8").totals, {"ann": (5, "10.00")})


class InputsTest(PipeTest):
    def assert_refused(self, outcome, message, totals=None):
        self.assertEqual(outcome.code, 2)
        self.assertIn(message, outcome.said)
        self.assertEqual(outcome.totals, totals or {})

    def test_what_cannot_be_read_is_said_before_the_rest_is_worked_on(self):
        self.write("good", FIRST)
        self.assert_refused(self.pipe("good", "missing"), 'cannot read "missing": No such file or directory')
        self.assert_refused(self.pipe("good", "."), 'cannot read ".": it is a folder')
        self.assert_refused(self.pipe("-", "-"), "standard input is named twice")

    def test_closed_standard_descriptors(self):
        self.write("good", FIRST)
        for redirection, message in (("<&-", "cannot read standard input"), ("good >&-", "be written whole")):
            with self.subTest(redirection=redirection):
                done = subprocess.run(["bash", "-c", f'exec "$0" pipe topology.yaml {redirection}', tallymill.binary],
                                      cwd=self.folder, capture_output=True, text=True, check=False, timeout=60)
                self.assertEqual(done.returncode, 2)
                self.assertIn(message, done.stderr)

    def test_packed_data_that_end_early(self):
        packed = gzip.compress((FIRST + "\n" + SECOND + "\n").encode())
        self.assert_refused(self.pipe("--final", self.write("x.gz", packed[:-4])), "its packed data end early",
                            {"ann": (2, "15.00")})

    def test_other_packings_are_named(self):
        self.assert_refused(self.pipe(self.write("x.zst", b"\x28\xb5\x2f\xfd....")), "packed with zstd")
        self.assert_refused(self.pipe(self.write("x.jsonl", FIRST.encode("utf-16"))), "UTF-16")

    def test_a_named_pipe_is_read_once(self):
        os.mkfifo(self.folder / "fifo")
        with subprocess.Popen([tallymill.binary, "pipe", "topology.yaml", "--final", "fifo"], cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            (self.folder / "fifo").write_text(FIRST + "\n")
            outcome = tallymill.Outcome(0, running.stdout.read().decode(), running.stderr.read().decode())
        self.assertEqual((running.returncode, outcome.totals), (0, {"ann": (1, "10.00")}))


if __name__ == "__main__":
    tallymill.main()
