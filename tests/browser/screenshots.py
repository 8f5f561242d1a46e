"""The pictures of the console's README: a morning of payments at merchants, on two instances."""

import datetime
import json
import random
import urllib.request

from servers import Instance, Kafka, scratch_folder, wait_until
from servers.ports import free_ports

from chromium import Browser, ChromeDriver
from page import Page

TOPIC = "cdc.public.transactions"
MERCHANTS = ("Corner Bakery", "Nordwind Books", "Kiosk 24", "Café Lumière", "Harbour Cinema", "Green Grocer", "Velo Repair")
MINUTES = 14
PAYMENTS_A_BEAT = 120


class Payments:
    """Inserts of a table as the connector sends them, some of them wrong or late."""

    def __init__(self):
        self.random = random.Random(11)
        self.number = 0

    def beat(self, seconds_back):
        """Records with event times up to so many seconds ago, in order of time."""
        now = datetime.datetime.now(datetime.timezone.utc)
        times = sorted(now - datetime.timedelta(seconds=self.random.random() * seconds_back) for _ in range(PAYMENTS_A_BEAT))
        return [self.payment(at) for at in times]

    def payment(self, at):
        self.number += 1
        identity = f"tx{self.number}"
        if self.number % 211 == 0:
            at -= datetime.timedelta(minutes=MINUTES)
        amount = "12,50" if self.number % 307 == 0 else f"{self.random.lognormvariate(3, 0.7):.2f}"
        merchant = MERCHANTS[min(len(MERCHANTS) - 1, int(self.random.expovariate(0.5)))]
        row = {"transaction_id": identity, "merchant_name": merchant, "currency": self.random.choice(("EUR", "EUR", "USD")),
               "amount": amount, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        value = {"op": "c", "before": None, "after": row,
                 "source": {"lsn": self.number, "ts_ms": int(at.timestamp() * 1000)}}
        return self.number % 4, json.dumps({"transaction_id": identity}).encode(), json.dumps(value).encode()


def start_instances(folder, binary, kafka, topology):
    """Two that know each other; the first one's operators' address."""
    ports = free_ports(2)
    peers = ",".join(f"127.0.0.1:{port}" for port in ports)
    instances = [Instance(folder / f"instance-{port}", binary, topology, kafka.bootstrap,
                          {"admin.address": f"127.0.0.1:{port}", "admin.peers": peers, "workers": "1"}) for port in ports]
    for instance in instances:
        instance.start()
    return instances, f"127.0.0.1:{ports[0]}"


def is_lively(page, address):
    """Whether all that the pictures should show is there."""
    with urllib.request.urlopen(f"http://{address}/letters", timeout=10) as answer:
        letters = json.load(answer)
    return (letters["dead_letters"]["newest"] and letters["late"]["newest"]
            and page.status() == "2 of 2 instances ready" and not page.text("#tiles dd").startswith(("0/s", "–"))
            and len(page.table("rows")) == 15)


def take_screenshots(binary, target):
    """Writes laptop-light.png, laptop-dark.png and phone.png."""
    topology = target.resolve().parents[3] / "deploy/topologies/spend_per_merchant.yaml"
    payments = Payments()
    with scratch_folder() as name:
        folder = target.__class__(name)
        with Kafka(folder / "kafka") as kafka, ChromeDriver(folder / "driver") as driver, Browser(driver) as browser:
            kafka.create_topic(TOPIC, partitions=4)
            instances, address = start_instances(folder, binary, kafka, topology)
            page = Page(browser, address)
            # The past first, minute by minute, so that it is not late.
            wait_until(lambda: page.status() == "2 of 2 instances ready", 60, "two instances that are ready")

            def is_ready_after_a_beat():
                kafka.produce(TOPIC, payments.beat(2))
                return payments.number > 25 * PAYMENTS_A_BEAT and is_lively(page, address)

            fill_past(kafka, payments)
            wait_until(is_ready_after_a_beat, 90, "a lively page", interval_seconds=0.5)
            for file, width, height, scheme in (("laptop-light", 1280, 1560, "light"), ("laptop-dark", 1280, 1560, "dark"),
                                                ("phone", 390, 1560, "light")):
                browser.set_screen(width, height)
                browser.set_media(prefers_color_scheme=scheme, prefers_reduced_motion="no-preference")
                kafka.produce(TOPIC, payments.beat(2))
                wait_until(lambda: page.overflow() <= 0, 10, "a page that fits")
                browser.screenshot(target / f"{file}.png")
            for instance in instances:
                instance.stop()


def fill_past(kafka, payments):
    """One beat for each of the minutes before now, oldest first."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for minute in range(MINUTES, 0, -1):
        start = now - datetime.timedelta(minutes=minute)
        times = sorted(start + datetime.timedelta(seconds=60 * payments.random.random()) for _ in range(PAYMENTS_A_BEAT))
        kafka.produce(TOPIC, [payments.payment(at) for at in times])
