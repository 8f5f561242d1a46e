"""One trial: a history, a topology, a layout of partitions and commits; run, compared, and made smaller if it fails."""

import dataclasses
import random
import zlib

import compare
import engine
from history import History
from records import Placed
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
    def draw(chance):
        return Layout(chance.choice(PARTITIONS), chance.choice(COMMIT_EVERY), shuffled=chance.random() < 0.5,
                      final=chance.random() < 0.1)

    def place(self, emissions, seed):
        """The records with partition and offset, in the order in which they are read."""
        offsets = [0] * self.partitions
        queues = [[] for _ in range(self.partitions)]
        placed_records = []
        for emission in emissions:
            partition = zlib.crc32(emission.record.key.encode()) % self.partitions
            placed = Placed(emission.record, partition, offsets[partition], emission.key_text, emission.value_text)
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
        self.history = History(f"{seed}", self.topology.events)
        chance = random.Random(f"{seed} {topology_name}")
        self.layouts = [Layout.draw(chance), Layout.draw(chance)]

    def references(self):
        """The reference over every layout; for the mix."""
        return [Reference(self.topology).run(layout.place(self.history.emissions, self.seed))
                for layout in self.layouts]

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
        if not found and self.topology.grace is None and len(table_texts) > 1:
            found.append((self.layouts[1], ["the final tables of two layouts differ in their text"]))
        return found

    def _check(self, binary, layout, emissions):
        placed_records = layout.place(emissions, self.seed)
        reference = Reference(self.topology).run(placed_records)
        try:
            output = engine.run(binary, self.topology.text(), placed_records, layout)
            found = compare.differences(self.topology, reference, output, layout)
            if layout.final:
                tables = engine.run(binary, self.topology.text(), placed_records, layout, ["--final"]).tables()
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
                if self._check(binary, layout, fewer)[0]:
                    emissions = fewer
                else:
                    start += piece
            piece //= 2
        return layout.place(emissions, self.seed), self._check(binary, layout, emissions)[0]

    def reference_errors(self):
        """The reference against the generator's own table: what it keeps is the table, strays apart."""
        if self.topology.events:
            return []
        errors = []
        for reference in self.references():
            kept = reference.rows()
            for key in set(kept) | set(self.history.table):
                want, got = self.history.table.get(key), kept.get(key)
                if want != got and not (got is None and key in self.history.strays):
                    errors.append(f"the reference has {got} where the table has {want}")
        return errors
