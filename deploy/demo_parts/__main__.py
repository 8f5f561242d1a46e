"""The command behind deploy/demo; options.py has its options."""

import contextlib
import os
import pathlib
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from demo_parts import live, options, runs
from demo_parts.screen import FullScreen, Plain, can_draw, things_to_try
from demo_parts.stage import Stage
from demo_parts.table_watch import TableWatch

OK, NOT_SHOWN, FAILED, INTERRUPTED = 0, 1, 3, 130  # 2 is argparse's

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BOOTSTRAP = "bootstrap"  # the file in the run's folder that says where Kafka is

WANTED = {"windows": 200, "update": 500, "delete": 100, "move": 50, "late": 1}
SHARE_MIN = 0.2
CHANGES = {"insert": "inserted", "update": "corrected", "move": "moved in time", "delete": "deleted"}

TRX_123 = """INSERT INTO transactions VALUES ('tx123', 'payment', 100.00, CURRENT_TIMESTAMP, 'ann-1', 'USD')"""


class Stopped(BaseException):
    """One of STOPPING came. No Exception, so that nothing on the way takes it for a failure of its own."""


def main():
    given = options.parse()
    if given.down:
        return stop_all()
    if given.send_broken_record:
        return send_broken_record()
    try:
        folder = runs.RunFolder.claim()
    except OSError as error:
        return fail(f"cannot make a folder for data and logs: {error}",
                    "set TALLYMILL_DEMO to a folder of yours that others can pass, such as one below /tmp")
    try:
        for number in STOPPING:
            signal.signal(number, stop_by_signal)
        code = run(given, folder)
    except Stopped:
        say("deploy/demo: stopped")
        code = INTERRUPTED if given.seconds else OK  # 0 would claim what was not compared
    # What a failure leaves is worth more than the space.
    if given.keep or code == FAILED or (code == NOT_SHOWN and not given.sabotage):
        folder.keep()
        say(f"data and logs are kept in {folder.path}")
    else:
        folder.remove()
    return code


def say(line):
    """Prints a line, if there is still somebody to print to."""
    try:
        print(line, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def stop_by_signal(number, frame):
    """Ends what the main thread is doing, once: what follows takes seconds and leaves nothing behind."""
    ignore_signals()
    raise Stopped


def ignore_signals():
    """Lets the end of the scene come to its end."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def run(given, folder):
    """The whole scene, from its first process to its last. Returns the exit code."""
    say(f"deploy/demo: data and logs in {folder.path}; starting")
    stage = None
    try:
        stage = Stage(folder.path, given.tallymill, say)
        stage.start(given.audit, lambda: prepare_table(stage.dsn))
        folder.write(BOOTSTRAP, stage.kafka.bootstrap)
        return play(given, stage)
    except Stopped:
        say("\ndeploy/demo: stopping")
        raise
    except BrokenPipeError:  # whoever read the lines is gone
        say("")
        return INTERRUPTED
    except Exception as error:  # of any part of the scene
        fail(f"{type(error).__name__}: {error}", "read the lines above; the whole logs are in the folder below")
        say("deploy/demo: stopping the other parts")  # half a minute, if Kafka is not there to take their leave
        return FAILED
    finally:
        ignore_signals()
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
    print(f"a careless reader saw {scene.uncommitted} records that never came to count")
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


def stop_all():
    """Every demo of this user; the exit code."""
    try:
        runs.stop_all()
    except TimeoutError as error:
        return fail(str(error), "end that process with kill -9, its servers end with it; then --down again")
    return OK


def send_broken_record():
    """To the demo that runs; the exit code."""
    for run_folder in runs.all_runs():
        if run_folder.owner and (run_folder.path / BOOTSTRAP).exists():
            print(f"sent to {live.send_broken_record(run_folder.read(BOOTSTRAP))}: look at the dead letters")
            return OK
    return fail("no demo runs, or it is only starting", "start one with deploy/demo, in another terminal")


def fail(what, remedy):
    """Says what happened; the exit code."""
    with contextlib.suppress(OSError):
        print(f"deploy/demo: {what}\n  remedy: {remedy}", file=sys.stderr, flush=True)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
