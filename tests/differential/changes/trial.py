"""One trial: a history, a topology, a layout of partitions and commits; run, compared, and made smaller if it fails."""

import dataclasses
import random
import zlib

import compare
import engine
from history import History
from records import Placed, Special
from reference import Reference
from topologies import TOPOLOGIES

PARTITIONS = (1, 1, 2, 3, 8)
COMMIT_EVERY = (1, 1, 2, 7, 50, 20_000)


@dataclasses.dataclass(frozen=True)
class Layout:
    """How the same log is spread and worked on."""
    partitions: int
    commit_every: int
    shuffled: bool  # the partitions progress at different speeds
    final: bool  # once more with --final

    @staticmethod
    def draw(chance, capture):
        # Where the Kafka key does not say the row, several partitions leave nothing but dead letters.
        one = capture.mode == "changelog" or (capture.key not in ("identity", "scalar") and capture.mode == "table"
                                              and chance.random() < 0.8)
        return Layout(1 if one else chance.choice(PARTITIONS), chance.choice(COMMIT_EVERY),
                      shuffled=chance.random() < 0.5,
                      final=chance.random() < 0.1)

    def place(self, emissions, seed):
        """The records with partition and offset, in the order in which they are read."""
        offsets = [0] * self.partitions
        queues = [[] for _ in range(self.partitions)]
        placed_records = []
        for index, emission in enumerate(emissions):
            columns = emission.record.key_columns
            partition = (index if columns is None else zlib.crc32(repr(columns).encode())) % self.partitions
            placed = Placed(emission.record, partition, offsets[partition], self.partitions, emission.key_text,
                            emission.value_text)
            offsets[partition] += 1
            queues[partition].append(placed)
            placed_records.append(placed)
        return self._interleaved(queues, seed) if self.shuffled else placed_records

    @staticmethod
    def _interleaved(queues, seed):
        """Runs of records of one partition after the other, each partition in its order."""
        chance = random.Random(seed)
        queues = [list(reversed(queue)) for queue in queues if queue]
        placed_records = []
        while queues:
            queue = chance.choice(queues)
            for _ in range(min(len(queue), chance.choice((1, 5, 40)))):
                placed_records.append(queue.pop())
            queues = [each for each in queues if each]
        return placed_records


class Trial:
    """A seed and a topology decide everything."""

    def __init__(self, seed, topology_name):
        self.seed, self.topology = seed, TOPOLOGIES[topology_name]
        self.history = History(f"{seed} {topology_name}", self.topology.mode)
        self.capture = self.history.capture
        self.text = self.topology.text(self.capture)
        chance = random.Random(f"layouts of {seed} {topology_name}")
        self._references = {}
        self.layouts = [Layout.draw(chance, self.capture), Layout.draw(chance, self.capture)]

    def reference(self, layout):
        """The reference over the log as the layout places it."""
        if layout not in self._references:
            placed_records = layout.place(self.history.emissions, self.seed)
            self._references[layout] = Reference(self.topology, self.capture).run(placed_records)
        return self._references[layout]

    def failures(self, binary):
        """(layout, sentences) of every layout that differs."""
        found = []
        table_texts = set()
        for layout in self.layouts:
            sentences, tables = self._check(binary, layout, self.history.emissions)
            table_texts.add(repr(sorted((topic, sorted(table.items(), key=repr)) for topic, table in tables.items()
                                        if table)))
            if sentences:
                found.append((layout, sentences))
        if not found and self.topology.grace is None and len(table_texts) > 1 \
                and not any(self.is_scattered(layout) for layout in self.layouts):
            found.append((self.layouts[1], ["the final tables of two layouts differ in their text"]))
        return found

    def is_scattered(self, layout):
        """The changes of one row stand in several partitions."""
        return layout.partitions > 1 and self.capture.mode == "table" and self.capture.key not in ("identity", "scalar")

    def _check(self, binary, layout, emissions):
        placed_records = layout.place(emissions, self.seed)
        is_whole = emissions is self.history.emissions
        reference = self.reference(layout) if is_whole else Reference(self.topology, self.capture).run(placed_records)
        try:
            output = engine.run(binary, self.text, placed_records, layout)
            found = compare.differences(self.topology, reference, output, layout)
            if self.topology.window and is_whole and not self.is_scattered(layout):
                found += compare.value_late_and_dead(self.topology, reference, self.history, output)
            if layout.final:
                tables = engine.run(binary, self.text, placed_records, layout, ["--final"]).tables()
                found += compare.same_tables("--final", self.topology.tables(reference.view), tables)
        except engine.EngineFailed as failure:
            return [str(failure)], {}
        return found, output.tables()

    def smallest(self, binary, layout):
        """Fewer records that still differ, found by leaving out ever smaller pieces; and the sentences."""
        emissions, piece = list(self.history.emissions), len(self.history.emissions) // 2
        while piece:
            start = 0
            while start < len(emissions):
                fewer = emissions[:start] + emissions[start + piece:]
                if self._still_differs(binary, layout, fewer):
                    emissions = fewer
                else:
                    start += piece
            piece //= 2
        return layout.place(emissions, self.seed), self._check(binary, layout, emissions)[0]

    def _still_differs(self, binary, layout, emissions):
        try:
            return bool(self._check(binary, layout, emissions)[0])
        except (KeyError, ValueError):
            return False  # without a primary key a log that lacks an insert retracts what was never put in

    def reference_errors(self):
        """The reference against the generator's own table: what it keeps is the table, but for what nobody told."""
        if self.topology.mode == "events":
            return []
        errors = []
        for layout in self.layouts:
            if self.is_scattered(layout):
                continue
            reference = self.reference(layout)
            kept, dead = reference.rows(), reference.dead_keys()
            for key in set(kept) | set(self.history.table):
                want, got = self.history.table.get(key), kept.get(key)
                if not self._is_excused(key, want, got, dead) and not self._agree(want, got):
                    errors.append(f"{key}: the reference has {got} where the table has {want}")
        return errors

    def _is_excused(self, key, want, got, dead):
        if got is None:
            return key in dead or key in self.history.strays
        return want is None and key in self.history.ghosts

    @staticmethod
    def _agree(want, got):
        return want is not None and got is not None and all(
            got[name] == want[name] or got[name] is Special.UNAVAILABLE for name in want)
