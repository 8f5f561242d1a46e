"""The command behind deploy/demo; options.py has its options."""

import pathlib
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import psycopg2

from servers import ConnectError, ServerError
from servers.installed import NotInstalled

from demo_parts import live, options, runs
from demo_parts.screen import FullScreen, Plain, can_draw, things_to_try
from demo_parts.stage import Stage
from demo_parts.table_watch import TableWatch

OK, NOT_SHOWN, FAILED, INTERRUPTED = 0, 1, 3, 130  # 2 is argparse's

WANTED = {"windows": 200, "update": 500, "delete": 100, "move": 50, "late": 1}
SHARE_MIN = 0.2
CHANGES = {"insert": "inserted", "update": "corrected", "move": "moved in time", "delete": "deleted"}

TRX_123 = """INSERT INTO transactions VALUES ('tx123', 'payment', 100.00, CURRENT_TIMESTAMP, 'ann-1', 'USD')"""


class Stopped(BaseException):
    """SIGINT or SIGTERM came. No Exception, so that nothing on the way takes it for a failure of its own."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


def main():
    given = options.parse()
    if given.down:
        runs.stop_all()
        return OK
    if given.send_broken_record:
        return send_broken_record()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_by_signal)
    try:
        folder = runs.RunFolder.claim()
    except OSError as error:
        return fail(f"cannot make a folder for data and logs: {error}",
                    "set TALLYMILL_DEMO to a folder that can be written")
    code = FAILED
    try:
        code = run(given, folder)
    finally:
        # A failure's logs are worth more than the space.
        if given.keep or code == FAILED:
            print(f"data and logs are kept in {folder.path}")
        else:
            folder.remove()
    return code


def stop_by_signal(number, frame):
    """Ends what the main thread is doing."""
    raise Stopped(number)


def run(given, folder):
    """The whole scene, from its first process to its last. Returns the exit code."""
    print(f"deploy/demo: data and logs in {folder.path}; starting", flush=True)
    stage = None
    try:
        stage = Stage(folder.path, given.tallymill, lambda line: print(line, flush=True))
        stage.start(given.audit, lambda: prepare_table(stage.dsn))
        folder.write("bootstrap", stage.kafka.bootstrap)
        return play(given, stage)
    except Stopped as stopped:
        print("\ndeploy/demo: stopped", flush=True)
        return INTERRUPTED if given.seconds and stopped.number == signal.SIGINT else OK
    except (ServerError, ConnectError, NotInstalled, TimeoutError, OSError, psycopg2.Error) as error:
        return fail(str(error), "read the lines above; the whole logs are in the folder below")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # what follows takes seconds and leaves nothing behind
        if stage:
            stage.stop()


def prepare_table(dsn):
    """The journal, and the row that the quoted UPDATE speaks of."""
    watch = TableWatch(dsn)
    watch.keep_journal()
    watch.run(TRX_123)
    watch.close()


def play(given, stage):
    """Lets the scene live until its time is over; without --seconds that is until a signal comes."""
    scene = live.Live(stage, given.seconds, given.rate, given.seconds / 3 if given.kill and given.seconds else
                      20 if given.kill else None)
    pause = threading.Event()  # never set: only its bounded wait is of use
    try:
        scene.start()
        draws = can_draw() and not given.plain
        if not draws:
            print("\n".join(things_to_try(scene)), flush=True)
        with FullScreen() if draws else Plain() as screen:
            while not given.seconds or scene.elapsed < given.seconds:
                scene.turn()
                screen.show(scene)
                pause.wait(0.5)
        print("deploy/demo: the changes stop; waiting for the last of them, then every window is compared", flush=True)
        return report(given, scene, scene.finish(given.sabotage))
    finally:
        scene.stop()


def report(given, scene, faults):
    """Prints what was shown; the exit code."""
    happened = {"windows": scene.users_windows, "late": scene.late} | {kind: scene.counts[kind]
                                                                       for kind in ("update", "delete", "move")}
    missing = [f"{name}: {happened[name]}, wanted {least}" for name, least in WANTED.items() if happened[name] < least]
    missing += [f"share of {name}: {share:.0%}, wanted more than {SHARE_MIN:.0%}"
                for name, share in scene.shares.items() if share <= SHARE_MIN]
    if given.kill and not scene.kills:
        missing.append("no instance was killed")
    changes = ", ".join(f"{scene.counts[kind]} {word}" for kind, word in CHANGES.items())
    shares = ", ".join(f"{name} {share:.0%}" for name, share in scene.shares.items())
    print(f"\n{scene.elapsed:.0f} s: rows {changes}; {scene.kills} kills; records shared as {shares}")
    print(f"a careless reader saw {scene.uncommitted} records that never came to count; a careful one none")
    print(f"{scene.windows_compared} windows of two topologies compared with SQL, with {happened['late']} late "
          f"records: {len(faults)} differ")
    for fault in faults[:10]:
        print(f"  WRONG {fault}")
    for line in missing:
        print(f"  too little happened: {line}")
    if faults or missing:
        return NOT_SHOWN
    print("all totals equal SQL. Without --seconds the scene goes on, to be looked at and to be disturbed.")
    return OK


def send_broken_record():
    """To the demo that runs; the exit code."""
    for run_folder in runs.all_runs():
        if run_folder.owner:
            print(f"sent to {live.send_broken_record(run_folder.read('bootstrap'))}: look at the dead letters")
            return OK
    return fail("no demo runs", "start one with deploy/demo, in another terminal")


def fail(what, remedy):
    """Says what happened; the exit code."""
    print(f"deploy/demo: {what}\n  remedy: {remedy}", file=sys.stderr, flush=True)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
