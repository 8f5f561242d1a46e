#!/usr/bin/env python3
"""Writes grafana/dashboards/*.json from the panels in grafana/panels.py, so that all of them look and behave alike.

usage: grafana/make_dashboards.py [--check]

--check writes nothing, and ends with 1 if a file is not what it would write.
"""

import argparse
import json
import pathlib
import sys

import panels

FOLDER = pathlib.Path(__file__).resolve().parent / "dashboards"
SCHEMA_VERSION = 41  # of Grafana 12
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24
HEIGHT = 8


def target(expression, legend, ref_id):
    """A query of a panel."""
    return {"datasource": DATASOURCE, "expr": expression, "legendFormat": legend, "refId": ref_id, "range": True,
            "instant": False, "editorMode": "code"}


def thresholds(steps):
    """Colours from values on; `steps` are (value, colour) beside green from the beginning."""
    return {"mode": "absolute", "steps": [{"color": "green", "value": None},
                                          *({"color": colour, "value": value} for value, colour in steps)]}


def panel(spec, identifier, x, y, width):
    """A panel as Grafana has it, of a panels.Panel."""
    is_stat = spec.kind == "stat"
    custom = {} if is_stat else {
        "drawStyle": "line", "lineWidth": 1, "fillOpacity": 20 if spec.is_stacked else 8, "showPoints": "never",
        "spanNulls": False, "stacking": {"group": "A", "mode": "normal" if spec.is_stacked else "none"},
        "thresholdsStyle": {"mode": "dashed" if spec.thresholds else "off"}}
    options = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "value",
               "graphMode": "area", "textMode": "auto", "orientation": "auto", "justifyMode": "auto"} if is_stat else {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"}}
    return {
        "id": identifier, "title": spec.title, "description": spec.description, "type": spec.kind,
        "datasource": DATASOURCE, "gridPos": {"x": x, "y": y, "w": width, "h": HEIGHT},
        "targets": [target(expression, legend, chr(ord("A") + number))
                    for number, (expression, legend) in enumerate(spec.queries)],
        "fieldConfig": {"defaults": {"unit": spec.unit, "min": 0, "custom": custom,
                                     "color": {"mode": "thresholds" if is_stat else "palette-classic"},
                                     "thresholds": thresholds(spec.thresholds)}, "overrides": []},
        "options": options,
    }


def variable(name, label, query):
    """A variable whose values Prometheus knows, each of which or all may be chosen."""
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE,
            "query": {"query": query, "refId": name}, "refresh": 2, "includeAll": True, "multi": True,
            "allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]}, "sort": 1, "options": []}


def variables():
    """Of every dashboard: where the data is, and of which job, topology and instance."""
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1,
         "current": {"text": "Prometheus", "value": "prometheus"}, "options": [], "multi": False, "includeAll": False},
        variable("job", "Job", "label_values(tallymill_build_info, job)"),
        variable("topology", "Topology", 'label_values(tallymill_build_info{job=~"$job"}, topology)'),
        variable("instance", "Instance",
                 'label_values(tallymill_build_info{job=~"$job", topology=~"$topology"}, instance)'),
    ]


def dashboard(spec):
    """A dashboard as Grafana has it, of a panels.Dashboard."""
    placed, y = [], 0
    for row in spec.rows:
        width = COLUMNS // len(row)
        for index, each in enumerate(row):
            placed.append(panel(each, len(placed) + 1, index * width, y, width))
        y += HEIGHT
    return {
        "uid": spec.uid, "title": spec.title, "description": spec.description, "tags": ["tallymill"],
        "schemaVersion": SCHEMA_VERSION, "version": 1, "editable": True, "graphTooltip": 1, "refresh": "5s",
        "time": {"from": "now-15m", "to": "now"}, "timezone": "browser", "fiscalYearStartMonth": 0,
        "annotations": {"list": []}, "templating": {"list": variables()},
        "links": [{"title": "Tallymill", "type": "dashboards", "tags": ["tallymill"], "asDropdown": True,
                   "includeVars": True, "keepTime": True, "targetBlank": False, "icon": "external link",
                   "tooltip": "", "url": ""}],
        "panels": placed,
    }


def files():
    """The text of each file, by name."""
    return {f"{spec.file}.json": json.dumps(dashboard(spec), indent=2) + "\n" for spec in panels.DASHBOARDS}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        there = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
        if there != files():
            print(f"{FOLDER} is not what {pathlib.Path(__file__).name} writes: run it")
            return 1
        return 0
    for name, text in files().items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
