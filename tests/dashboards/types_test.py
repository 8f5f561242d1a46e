#!/usr/bin/python3
"""Grafana's own types over the dashboards: no key that Grafana does not know, no value of another kind.

The types and the compiler are in the cache, where deploy/setup has put them.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "deploy"))

from servers import installed

DASHBOARDS = HERE.parents[1] / "grafana/dashboards"
OPTIONS = ["--noEmit", "--skipLibCheck", "--strict", "--module", "esnext", "--moduleResolution", "bundler", "--target",
           "es2022"]


def compiler_says(types, texts):
    """What the TypeScript compiler says of dashboards with these texts."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "node_modules").symlink_to(types / "node_modules")
        shutil.copy(HERE / "dashboard_types.ts", folder)
        lines = ['import type { DashboardJson } from "./dashboard_types";']
        lines += [f"export const dashboard{number}: DashboardJson = {text};" for number, text in enumerate(texts)]
        (folder / "dashboards.ts").write_text("\n".join(lines))
        run = subprocess.run([types / "node_modules/.bin/tsc", *OPTIONS, "dashboards.ts"], cwd=folder, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return run.returncode, run.stdout


def main():
    types = installed.grafana_types()
    texts = [path.read_text().strip() for path in sorted(DASHBOARDS.glob("*.json"))]
    code, said = compiler_says(types, texts)
    if code != 0:
        print(said)
        return 1
    # The check itself can fail.
    for right, wrong in (('"mode": "absolute"', '"mode": "absolut"'), ('"refresh": "5s"', '"refresh": 5'),
                         ('"refresh": "5s"', '"refresh": "5s", "style": "dark"')):
        code, said = compiler_says(types, [texts[0].replace(right, wrong)])
        if code == 0:
            print(f"{wrong} was not found")
            return 1
    print(f"{len(texts)} dashboards are of Grafana's types; 3 mistakes made on purpose were found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
