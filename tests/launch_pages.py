"""What the tests of the launch buttons and `make binder` both ask."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def launch_links(page):
    """Return the addresses that a page's rocket offers."""
    return re.findall(r'href="([^"]+/v2/[^"]+)"', page.read_text("utf-8"))


def dockerfile(folder):
    """Return the Dockerfile that repo2docker makes of a folder."""
    run = subprocess.run(
        [Path(sys.executable).with_name("repo2docker"), "--no-build",
         "--debug", "--user-id", "1000", "--user-name", "reader", folder],
        capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout
