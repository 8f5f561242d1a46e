"""The console as a test sees it: what stands on the page, and whether people can read and reach it."""

import re
import urllib.request

from chromium import TAB

TABLE = """
  return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)]
    .map((row) => [...row.cells].map((cell) => cell.textContent));"""
METRICS = """
  return [...document.querySelectorAll('[data-metric]')]
    .map((cell) => [cell.dataset.metric, Number(cell.textContent.replaceAll(',', ''))]);"""
# Of every element with text of its own: how that text stands out from what is behind it, by WCAG 2.
CONTRASTS = """
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    const box = node.closest?.('g')?.querySelector('rect');
    if (box) return parse(getComputedStyle(box).fill);
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.body.querySelectorAll('*')) {
    const text = [...node.childNodes].filter((each) => each.nodeType === 3).map((each) => each.data.trim()).join('');
    const style = getComputedStyle(node);
    if (!text || !node.getClientRects().length || node.closest('noscript, option, title')) continue;
    const ink = parse(node.namespaceURI.endsWith('svg') ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(node))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    found.push([text.slice(0, 40), node.tagName, Math.round((a + 0.05) / (b + 0.05) * 100) / 100, isLarge ? 3 : 4.5]);
  }
  return found;"""
REACHABLE = """
  const all = [...document.querySelectorAll('a[href], select, summary, button, input, [tabindex="0"]')]
    .filter((node) => node.getClientRects().length);
  return all.map((node, i) => { node.dataset.reach = i; return String(i); });"""
FOCUSED = """
  const node = document.activeElement;
  const style = getComputedStyle(node);
  return [node.dataset?.reach ?? '', style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];"""


class Page:
    """The console of the instance at `address` in a browser's window."""

    def __init__(self, browser, address):
        self.browser = browser
        self.address = address
        browser.open("about:blank")  # the page of the test before goes on asking its instance, which is gone
        browser.console()
        browser.set_screen(1280, 900)
        browser.set_media(prefers_reduced_motion="reduce", prefers_color_scheme="light")
        browser.open(f"http://{address}/")

    def table(self, name):
        """Rows of texts."""
        return self.browser.run(TABLE, name)

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0])?.textContent", selector)

    def status(self):
        return self.text("#status")

    def html(self):
        return self.browser.run("return document.documentElement.outerHTML")

    def metrics(self):
        """(series of /metrics, number) of all that the page says to be one."""
        return self.browser.run(METRICS)

    def overflow(self):
        """By how many pixels the page is wider than the window."""
        return self.browser.run("return document.documentElement.scrollWidth - innerWidth")

    def poor_contrasts(self):
        """Texts that do not stand out enough, with element, ratio and what it should be; and how many are fine."""
        all_texts = self.browser.run(CONTRASTS)
        poor = [each for each in all_texts if each[2] < each[3]]
        return poor, len(all_texts) - len(poor)

    def unreached(self):
        """What the tabulator key does not come to, or comes to without a mark that one sees."""
        wanted = set(self.browser.run(REACHABLE))
        self.browser.run("document.activeElement.blur(); window.scrollTo(0, 0)")
        missing = set(wanted)
        for _ in range(2 * len(wanted) + 2):
            self.browser.press(TAB)
            reach, is_marked = self.browser.run(FOCUSED)
            if is_marked:
                missing.discard(reach)
        return missing, len(wanted)

    def requests(self):
        """Addresses of all that the page has loaded."""
        return self.browser.run("return performance.getEntries().map(({ name }) => name)"
                                ".filter((name) => name.includes(':'))")


def metrics_of(*addresses):
    """{series: number} of /metrics, summed over instances; without the label `topology`, which all have."""
    series = {}
    for address in addresses:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("#"):
                    continue
                name, _, number = line.rpartition(" ")
                name = re.sub(r',?\btopology="[^"]*"', "", name).replace("{,", "{").removesuffix("{}")
                series[name] = series.get(name, 0) + float(number)
                total = f"sum({name.partition('{')[0]})"
                series[total] = series.get(total, 0) + float(number)
    return series
