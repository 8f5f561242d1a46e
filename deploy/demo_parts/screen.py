"""The terminal: the whole screen where there is one, else a few lines now and then."""

import os
import shutil
import sys
import time

PLAIN_SECONDS = 5
CLEAR, HOME, END_OF_SCREEN, END_OF_LINE = "\x1b[2J", "\x1b[H", "\x1b[J", "\x1b[K"
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"  # the alternate screen, without a cursor
BOLD, RED, GREEN, YELLOW, NORMAL = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"


def can_draw():
    """Whether standard output is a terminal that can be drawn on."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class FullScreen:
    """Redraws the whole screen. A context manager: at the end the terminal is as it was before."""

    def __enter__(self):
        sys.stdout.write(ENTER + CLEAR)
        return self

    def __exit__(self, kind, error, trace):
        sys.stdout.write(LEAVE)
        sys.stdout.flush()

    def show(self, scene):
        """Draws the state of the scene, a demo_parts.live.Live."""
        width, height = shutil.get_terminal_size((80, 24))
        text = (END_OF_LINE + "\r\n").join(coloured(line[:width]) for line in whole(scene, height)[:height])
        sys.stdout.write(HOME + text + END_OF_LINE + END_OF_SCREEN)
        sys.stdout.flush()


class Plain:
    """A line of figures and the newest windows every few seconds; for logs and terminals that cannot be drawn on."""

    def __init__(self):
        self.next_at = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        pass

    def show(self, scene):
        """Prints the state of the scene, if the last time is long enough ago."""
        if time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + PLAIN_SECONDS
        print("\n".join(header(scene) + table(scene, 3)), flush=True)


def whole(scene, height):
    """All lines of a screen of that height; of one that is too low, more."""
    above, below = header(scene), things_to_try(scene)
    rows = max(3, height - len(above) - len(below) - 3)  # two empty lines, and the table's head
    return above + [""] + table(scene, rows) + [""] + below


def header(scene):
    """The figures above the table."""
    counts = scene.counts
    lines = [
        f"Tallymill: the reference scene   {scene.elapsed:.0f} s" + (f" of {scene.seconds}" if scene.seconds else ""),
        f"rows: {counts['insert']} inserted, {counts['update']} corrected, {counts['move']} moved in time, "
        f"{counts['delete']} deleted",
        f"records/s {scene.figure('rate')}   lag {scene.figure('lag')}   end to end p95 {scene.figure('latency')} s   "
        f"dead letters {scene.dead}",
        "instances: " + "   ".join(scene.instances),
        f"windows compared with SQL: {scene.verdicts}   late records {scene.late}",
        f"a careless reader saw {scene.uncommitted} records that never came to count",
    ]
    return lines + ([f"> {scene.notice}"] if scene.notice else [])


def table(scene, rows):
    """The newest windows, each with what SQL says."""
    lines = [f"{'minute':<7}{'user':<11}{'currency':<10}{'payments':>8}{'total':>14}{'SQL says':>14}  verdict"]
    for compared in scene.newest[:rows]:
        name, currency, minute = compared.window
        shown, truth = compared.shown, compared.truth
        lines.append(f"{minute:%H:%M}  {str(name):<11.10}{str(currency):<10.9}{shown.payments if shown else 0:>8}"
                     f"{amount(shown):>14}{amount(truth):>14}  {compared.verdict}")
    return lines


def amount(row):
    """A total as text."""
    return "-" if row is None or row.total is None else f"{row.total:,.2f}"


def things_to_try(scene):
    """What a visitor can do while it runs."""
    return [
        "Three things to try in another terminal:",
        f" 1 psql -h 127.0.0.1 -p {scene.postgres_port} -U postgres financial_db",
        "   UPDATE transactions SET amount = 1000 WHERE transaction_id = 'tx123';",
        "   Its window is the first one above: it changes, and SQL agrees.",
        f" 2 kill -9 {scene.pid_to_kill}   The other does its work; no window becomes WRONG.",
        " 3 deploy/demo --send-broken-record   One more dead letter each; nothing stops.",
        f" pages: {scene.urls[0]} (both instances), {scene.urls[-1]}",
    ]


def coloured(line):
    """The line with the verdict, which is its end, in colour."""
    if line.endswith("  ="):
        return line[:-1] + GREEN + "=" + NORMAL
    if line.endswith("behind"):
        verdict = line.rindex("  ")
        return line[:verdict] + YELLOW + line[verdict:] + NORMAL
    if line.endswith("WRONG"):
        return line[:-5] + RED + BOLD + "WRONG" + NORMAL
    if line.startswith("Tallymill:") or line.startswith("minute"):
        return BOLD + line + NORMAL
    return line
