"""The pictures of the console's README: a morning of payments at merchants, on two instances."""

import datetime
import json
import pathlib
import random

from servers import Instance, Kafka, scratch_folder, wait_until
from servers.ports import free_ports

from chromium import Browser, ChromeDriver
from page import Page

TOPIC = "cdc.public.transactions"
MERCHANTS = ("Corner Bakery", "Nordwind Books", "Kiosk 24", "Café Lumière", "Harbour Cinema", "Green Grocer",
             "Velo Repair")
MINUTES = 14
PAYMENTS_A_MINUTE = 2400
BEATS = 25
BEAT_SECONDS = 0.5
# Name, width, height, colours, and where on the page it begins.
PICTURES = (("laptop-light", 1280, 960, "light", "header"), ("laptop-dark", 1280, 960, "dark", "#throughput"),
            ("phone", 390, 1400, "light", "header"))


class Payments:
    """Inserts of a table as the connector sends them, some of them wrong or late."""

    def __init__(self):
        self.random = random.Random(11)
        self.number = 0

    def beat(self, seconds_back):
        """The payments of the seconds before now."""
        now = datetime.datetime.now(datetime.timezone.utc)
        return self.between(now - datetime.timedelta(seconds=seconds_back), seconds_back)

    def between(self, start, seconds):
        """The payments of so many seconds, in order of time."""
        count = round(PAYMENTS_A_MINUTE * seconds / 60)
        times = sorted(start + datetime.timedelta(seconds=seconds * self.random.random()) for _ in range(count))
        return [self.payment(at) for at in times]

    def payment(self, at):
        self.number += 1
        identity = f"tx{self.number}"
        if self.number % 211 == 0:
            at -= datetime.timedelta(minutes=MINUTES)
        amount = "12,50" if self.number % 307 == 0 else f"{self.random.lognormvariate(3, 0.7):.2f}"
        merchant = MERCHANTS[min(len(MERCHANTS) - 1, int(self.random.expovariate(0.5)))]
        row = {"transaction_id": identity, "merchant_name": merchant, "amount": amount,
               "currency": self.random.choice(("EUR", "EUR", "USD")),
               "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        value = {"op": "c", "before": None, "after": row,
                 "source": {"lsn": self.number, "ts_ms": int(at.timestamp() * 1000)}}
        return self.number % 4, json.dumps({"transaction_id": identity}).encode(), json.dumps(value).encode()


def start_instances(folder, binary, kafka, topology):
    """Two that know each other; the first one's operators' address."""
    ports = free_ports(2)
    peers = ",".join(f"127.0.0.1:{port}" for port in ports)
    instances = [Instance(folder / f"instance-{port}", binary, topology, kafka.bootstrap,
                          {"admin.address": f"127.0.0.1:{port}", "admin.peers": peers, "workers": "1"})
                 for port in ports]
    for instance in instances:
        instance.start()
        instance.wait_for_log("serving HTTP")
    return instances, f"127.0.0.1:{ports[0]}"


def is_lively(page):
    """Whether all that the pictures should show is there."""
    return (page.status() == "2 of 2 instances ready" and not page.text("#tiles dd").startswith(("0/s", "–"))
            and all(len(page.table(table)) >= rows for table, rows in (("rows", 15), ("dead", 2), ("late", 2))))


def take_screenshots(binary, target):
    """Writes the pictures into the folder `target`."""
    topology = pathlib.Path(__file__).resolve().parents[2] / "deploy/topologies/spend_per_merchant.yaml"
    payments = Payments()
    with scratch_folder() as name:
        folder = pathlib.Path(name)
        with Kafka(folder / "kafka") as kafka, ChromeDriver(folder / "driver") as driver, Browser(driver) as browser:
            kafka.create_topic(TOPIC, partitions=4)
            instances, address = start_instances(folder, binary, kafka, topology)
            page = Page(browser, address)
            wait_until(lambda: page.status() == "2 of 2 instances ready", 60, "two instances that are ready")
            fill_past(kafka, payments)
            beats = []

            def is_ready_after_a_beat():
                beats.append(kafka.produce(TOPIC, payments.beat(BEAT_SECONDS)))
                return len(beats) >= BEATS and is_lively(page)

            wait_until(is_ready_after_a_beat, 90, "a lively page", interval_seconds=BEAT_SECONDS)
            for picture in PICTURES:
                kafka.produce(TOPIC, payments.beat(BEAT_SECONDS))
                take(browser, page, target, *picture)
            for instance in instances:
                instance.stop()


def take(browser, page, target, name, width, height, scheme, section):
    """One picture, beginning at a section of the page."""
    browser.set_screen(width, height)
    browser.set_media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    wait_until(lambda: page.overflow() <= 0, 10, "a page that fits")
    browser.run("document.querySelector(arguments[0]).scrollIntoView()", section)
    browser.screenshot(target / f"{name}.png")


def fill_past(kafka, payments):
    """The minutes before now, oldest first."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for minute in range(MINUTES, 0, -1):
        start = now - datetime.timedelta(minutes=minute)
        kafka.produce(TOPIC, payments.between(start, 60))
