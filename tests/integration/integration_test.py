#!/usr/bin/python3
"""Tallymill on real PostgreSQL, Debezium and Kafka, while processes are killed, stopped, added and removed.

Usage: integration_test.py --tallymill BINARY [--case CASE ...] [--seed N] [--folder DIR]

Truth is SQL over the table, and its history in the order of its commits; topics are read by another client. The servers
are started on free ports and stopped by process id. The last line of output is the report.
"""

import argparse
import collections
import pathlib
import random
import shutil
import sys
import tempfile
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy"))

from scene import Load, Scene, Servers
from servers import Connect, Instance, Kafka, Postgres, read_topic, wait_until
from servers.open_transactions import kill_in_transaction
from truth import committed_steps, groups_by_sql
from verdict import (SourceLog, Verdict, check_dead_letters, check_killed, check_late, check_passage, check_windows,
                     graced_value, spend_value, values_by_group)

FIRST_ROWS = 300
CHANGES_PER_SECOND = 60
KILLS = 3
BEAT_SECONDS = 60
STORM_STEPS = 40
STORM_CHANGES_MAX = 80  # between two steps: about a second of the load at most
CONNECT_KILLS_MAX = 3  # until one of them made the connector repeat itself
CONNECT = {"offset.flush.interval.ms": "10000"}  # what is sent after a flush comes again when Connect is killed


class Run:
    """One case while it runs: its scene, its instances, what it has seen."""

    def __init__(self, name, servers, folder, binary, seed):
        self.name, self.servers, self.folder, self.binary, self.seed = name, servers, folder, binary, seed
        self.began = time.monotonic()
        self.scene = Scene(name, servers, folder, seed)
        self.instances = {}
        self.killed = []
        self.follower = None
        self.load = Load(self.scene.history, CHANGES_PER_SECOND)

    def say(self, text):
        """A line of the case's story."""
        print(f"{self.name} {time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def instance(self, name, topology, settings=None):
        """Starts an instance of a topology."""
        started = Instance(self.folder / name, self.binary, self.scene.topology(topology),
                           self.servers.kafka.bootstrap, {"commit.interval": "200ms"} | (settings or {}))
        self.instances[name] = started
        return started.start()

    def begin(self, kinds):
        """Rows, connector, outputs: all that must be there before instances start."""
        self.scene.history.insert_first_rows(FIRST_ROWS)
        self.scene.start_connector()
        for kind in kinds:
            self.scene.create_output(kind)

    def follow(self):
        """Begins to read all topics that this case's topologies write to."""
        for instance in self.instances.values():
            instance.wait_for_log("partitions were assigned", 60)
        self.follower = self.scene.follow()

    def beat(self, kinds):
        """Waits until all that was committed until now is in the outputs."""
        self.scene.wait_for_beat(self.scene.beat(), self.follower, kinds, BEAT_SECONDS)

    def kill_in_transaction(self, instance, times, kinds):
        """Kills the instance in mid-transaction and starts it again, several times."""
        for number in range(times):
            killed = kill_in_transaction(instance, self.servers.kafka, self.seed + number)
            self.killed.append(killed)
            self.say(f"killed {instance.name} in a transaction of {killed.transactional_id} with {len(killed.seen)} "
                     f"records readable where it began")
            instance.start()
            instance.wait_for_log("partitions were assigned", 60)
            self.beat(kinds)

    def stop_past_session(self, instance, kinds):
        """Stops the instance until others have taken all of its work over, then lets it go on."""
        instance.freeze()
        self.say(f"stopped {instance.name}")
        self.beat(kinds)
        self.say("the others did its work")
        instance.thaw()
        instance.wait_for_log("lost", 30)
        self.beat(kinds)

    def storm(self, steps):
        """Does something sudden to an instance of four, again and again; at least one works on, in the end all do."""
        chance = random.Random(self.seed)
        done = collections.Counter()
        frozen = set()
        for _ in range(steps):
            at_work = [one for one in self.instances.values() if one.pid and one.name not in frozen]
            instance = chance.choice([one for one in self.instances.values() if one not in at_work[:1]])
            if instance.name in frozen:
                instance.thaw()
                frozen.remove(instance.name)
                action = "thawed"
            elif not instance.pid:
                instance.start()
                action = "started"
            else:
                action = chance.choice(["killed", "left", "frozen"])
                {"killed": instance.kill, "left": instance.leave, "frozen": instance.freeze}[action]()
                if action == "frozen":
                    frozen.add(instance.name)
            done[action] += 1
            made = self.scene.history.committed + chance.randrange(STORM_CHANGES_MAX)
            wait_until(lambda made=made: self.scene.history.committed >= made or self.load.failure, 60,
                       "the next step of the storm")
        for instance in self.instances.values():
            if instance.name in frozen:
                instance.thaw()
            elif not instance.pid:
                instance.start()
        if len(done) < 5:
            raise AssertionError(f"not everything happened in the storm: {dict(done)}; take another seed")
        self.say(f"after a storm of {steps} steps: {dict(done)}")

    def restart_broker(self, kinds):
        """Restarts the only broker under load."""
        self.servers.kafka.restart()
        self.say("the broker is back")
        self.beat(kinds)

    def kill_connect(self, kinds):
        """Kills Connect while nothing changes: its duplicates must arrive, and move nothing."""
        self.load.stop()
        for _ in range(CONNECT_KILLS_MAX):
            for _ in range(50):
                self.scene.history.step()
            self.scene.history.finish()
            self.beat(kinds)
            outputs = self.count_outputs(kinds)
            self.servers.connect.kill()
            self.servers.connect.start()
            self.servers.connect.wait_until_running(self.scene.connector)
            users = self.scene.beat()
            self.scene.wait_for_beat(users, self.follower, kinds, BEAT_SECONDS)
            moved = [record for kind in kinds
                     for record in self.follower.of_topic(f"{self.name}-{kind}")[outputs[kind]:]
                     if not any(user.encode() in record.key for user in users)]
            if moved:
                raise AssertionError(f"duplicates moved {len(moved)} outputs, the first is {moved[0]}")
            log = SourceLog(read_topic(self.servers.kafka.bootstrap, self.scene.source_topic))
            self.say(f"killed Connect: {log.duplicates} duplicates of {log.records} records, and nothing moved")
            if log.duplicates:
                return
        raise AssertionError(f"Connect was killed {CONNECT_KILLS_MAX} times, and no duplicate arrived")

    def count_outputs(self, kinds):
        """How many records of each output were read so far."""
        return {kind: len(self.follower.of_topic(f"{self.name}-{kind}")) for kind in kinds}

    def end(self):
        """Ends all instances as an operator would."""
        for instance in self.instances.values():
            if instance.pid:
                instance.leave()
        self.follower.stop()

    def judge(self, kinds):
        """Compares everything; the report."""
        verdict = Verdict()
        topic_of = {kind: f"{self.name}-{kind}" for kind in kinds}
        log = SourceLog(read_topic(self.servers.kafka.bootstrap, self.scene.source_topic))
        truth = groups_by_sql(self.scene.connection())
        steps = committed_steps(self.scene.connection())
        outputs = {kind: self.follower.of_topic(topic) for kind, topic in topic_of.items()}

        spend = values_by_group(outputs["spend"], spend_value)
        windows = check_windows(verdict, spend, truth)
        checked, single, repeats = check_passage(verdict, spend, steps, log.partition_of_key)
        dead = check_dead_letters(verdict, self.follower.of_topic(f"{self.name}-spend.dead-letter"), steps)
        late = "none asked for"
        if "graced" in kinds:
            graced = values_by_group(outputs["graced"], graced_value)
            late = check_late(verdict, graced, self.follower.of_topic(f"{self.name}-graced.late"), truth)
            verdict.demand(late, "no half was late: the topology with a grace was not tried")
        uncommitted = check_killed(verdict, self.killed, self.follower.records)
        self.say(f"{self.scene.history.committed} changes {dict(self.scene.history.counts)}, {len(steps)} rows "
                 f"changed; {checked} values of {len(spend)} groups were states passed through, {single} groups in one "
                 f"partition, {repeats} values repeated; {dead} dead letters")
        verdict.end()
        return (f"{log.records} records, {len(self.killed)} kills that hit a transaction ({uncommitted} uncommitted "
                f"records seen), {log.duplicates} duplicates met, {windows} windows compared, late {late}, 0 differ")


def faults(run):
    """Everything that can happen to a group of instances, under load."""
    kinds = ["spend", "graced"]
    run.begin(kinds)
    first = run.instance("a", "spend")
    second = run.instance("b", "spend")
    run.instance("g", "graced")
    run.follow()
    run.load.start()
    run.beat(kinds)
    run.say("everything runs")
    run.kill_in_transaction(first, KILLS, kinds)
    run.stop_past_session(second, kinds)
    run.instance("c", "spend").wait_for_log("partitions were assigned", 60)
    run.beat(kinds)
    run.say("added c")
    first.leave()
    run.beat(kinds)
    run.say("removed a")
    run.restart_broker(kinds)
    run.kill_connect(kinds)
    run.end()
    return run.judge(kinds)


def classic(run):
    """The classic group protocol: one kill, one instance added, one removed."""
    kinds = ["spend"]
    run.begin(kinds)
    settings = {"group_protocol": "classic"}
    first = run.instance("a", "spend", settings)
    run.follow()
    run.load.start()
    run.beat(kinds)
    run.instance("b", "spend", settings).wait_for_log("partitions were assigned", 60)
    run.kill_in_transaction(first, 1, kinds)
    first.leave()
    run.load.stop()
    run.beat(kinds)
    run.end()
    return run.judge(kinds)


def storm(run, settings=None):
    """Instances come, leave, die and stand still faster than the group can settle; none waits for another."""
    kinds = ["spend"]
    run.begin(kinds)
    for name in "abcd":
        run.instance(name, "spend", settings)
    run.follow()
    run.load.start()
    run.beat(kinds)
    run.storm(STORM_STEPS)
    run.load.stop()
    run.beat(kinds)
    run.end()
    return run.judge(kinds)


def storm_classic(run):
    """The same under the classic protocol."""
    return storm(run, {"group_protocol": "classic"})


CASES = {"faults": faults, "classic": classic, "storm": storm, "storm_classic": storm_classic}


def run_case(name, servers, arguments, folder):
    """Runs one case; a failure carries the ends of its instances' logs."""
    run = Run(name, servers, folder / name, arguments.tallymill, arguments.seed)
    try:
        return CASES[name](run)
    except BaseException as error:
        for instance in run.instances.values():
            error.add_note(instance.log_tail())
        raise
    finally:
        for instance in run.instances.values():
            instance.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tallymill", required=True, type=pathlib.Path)
    parser.add_argument("--case", choices=CASES, action="append")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--folder", type=pathlib.Path, help="an empty folder for logs and data; kept")
    arguments = parser.parse_args()

    folder = (arguments.folder or pathlib.Path(tempfile.mkdtemp(prefix="tallymill-integration-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # the user postgres has to reach its own folder in it
    print(f"seed {arguments.seed}, folder {folder}", flush=True)
    try:
        with Kafka(folder / "kafka") as kafka, Postgres(folder / "postgres") as postgres, \
                Connect(folder / "connect", kafka, settings=CONNECT) as connect:
            servers = Servers(kafka, postgres, connect)
            reports = [run_case(name, servers, arguments, folder) for name in arguments.case or CASES]
    except Exception:
        traceback.print_exc()
        print(f"failed with seed {arguments.seed}; logs and data are in {folder}")
        return 1
    if not arguments.folder:
        shutil.rmtree(folder)
    print("; ".join(reports))
    return 0


if __name__ == "__main__":
    sys.exit(main())
