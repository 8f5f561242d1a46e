"""The options of deploy/demo. Run as a program it only checks them: that comes before anything is installed."""

import argparse
import pathlib

DESCRIPTION = """The reference scene on real components: PostgreSQL, Debezium, Kafka, Tallymill and Prometheus, on free
ports and in a folder of its own. Payments are made, corrected, moved and deleted, and each total is compared with SQL.
Sets the machine up and builds first; says beforehand what it installs."""

EPILOG = """Exit codes: 0 ended by --down or Ctrl-C, or with --seconds all totals equal SQL and enough has happened; 1
with --seconds something was wrong or too little happened; 2 wrong usage; 3 a part of the scene failed; 130 a signal
or --down came before --seconds were over. Variables: TALLYMILL_DEMO is the folder for data and logs,
/tmp/tallymill-demo-UID without it; those of deploy/setup."""


def parse(words=None):
    """The options, of the command line without `words`. Wrong ones end the process with 2, --help with 0."""
    parser = argparse.ArgumentParser(prog="deploy/demo", description=DESCRIPTION, epilog=EPILOG,
                                     allow_abbrev=False)
    parser.add_argument("--seconds", type=positive, help="end after so long, with a comparison of every window")
    parser.add_argument("--kill", action="store_true", help="kill an instance on the way (SIGKILL), in a transaction")
    parser.add_argument("--sabotage", action="store_true", help="alter one result at the end, which must be seen")
    parser.add_argument("--rate", type=positive, default=200, help="row changes a second (default: %(default)s)")
    parser.add_argument("--audit", action="store_true", help="with audit.sql: triggers, and REPLICA IDENTITY FULL")
    parser.add_argument("--plain", action="store_true", help="lines instead of a full screen")
    parser.add_argument("--keep", action="store_true", help="keep data and logs after the end")
    parser.add_argument("--tallymill", type=pathlib.Path, metavar="BINARY",
                        help="use this one; install and build nothing")
    parser.add_argument("--down", action="store_true", help="stop every demo of this user that runs, and end")
    parser.add_argument("--send-broken-record", action="store_true", help="send one to the demo that runs, and end")
    given = parser.parse_args(words)
    if given.sabotage and not given.seconds:
        parser.error("--sabotage needs --seconds: the comparison of all windows is at the end")
    if given.tallymill and not given.tallymill.is_file():
        parser.error(f"--tallymill: there is no file {given.tallymill}")
    return given


def positive(text):
    """A whole number of at least 1."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number of at least 1")
    return value


if __name__ == "__main__":
    parse()
