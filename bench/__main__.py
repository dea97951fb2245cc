"""Time every form of a training step in one run: `python -m bench`.

Prints a table and writes a record; how it times is in `bench.clock`.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from datetime import date
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when numpy is loaded

import numpy
import torch

from bench import forms
from bench.clock import Job, play
from bench.forms import CONTROLS, FORMS, GROWTH, PRODUCTS, REFERENCE

RECORD = Path(__file__).with_name("last.json")
QUANTILES = 0.05, 0.25, 0.5, 0.75, 0.95
RARELY = 4    # the large ones have their turn once in so many rounds
TOLERANCE = 1e-4


def small_jobs(without):
    """The forms and controls by name; what could not be made, and why."""
    usual, found, missing = forms.usual(), {}, {}
    for name, form in {**CONTROLS, **FORMS}.items():
        told(f"building {name}")
        try:
            if name in without:
                raise RuntimeError("left out when the bench was run")
            make = partial(form.make, *usual)
            found[name] = Job(make, form.steps * form.E)
        except RuntimeError as error:  # torch.compile without a compiler
            missing[name] = str(error).strip().splitlines()[0]
            continue
        if name in FORMS and not forms.wrong_by(form) < TOLERANCE:
            sys.exit(f"\n{name} does not take the step: nothing is timed")
    return found, missing


def large_jobs():
    """The matrix products of the floor, and the growth, by name."""
    found = {f"product {n}": Job(partial(forms.product, n), 1, RARELY)
             for n in PRODUCTS}
    for axis, sizes in GROWTH.items():
        for size in sizes:
            told(f"building {axis} {size}")
            data = forms.grown(axis, size)
            for who, form in forms.growing(axis, size).items():
                make = partial(form.make, *data)
                found[f"{who} {axis} {size}"] = Job(make, form.steps, RARELY)
    return found


def told(text):
    """Write over the line that was written before, on stderr."""
    print(f"\r{text:60}", end="" if text else "\r", file=sys.stderr)


def digits(numbers):
    """Four digits of each number; more would be noise."""
    return [float(f"{number:.4g}") for number in numbers]


def record(found, missing, rounds):
    """All that was measured, as ratios to the reference."""
    ratio = {name: digits(numpy.quantile(job.ratios, QUANTILES))
             for name, job in found.items()}
    return {
        "made": date.today().isoformat(), "machine": machine(),
        "rounds": rounds, "rounds_of_large": -(-rounds // RARELY),
        "reference": REFERENCE, "quantiles": QUANTILES,
        "forms": rows(FORMS, ratio, missing),
        "controls": rows(CONTROLS, ratio, missing),
        "floor": floor(ratio),
        "compiling": compiling(found),
        "growth": {axis: grew(axis, ratio) for axis in GROWTH},
    }


def rows(table, ratio, missing):
    """A row for each form: its name, its operations, its ratio."""
    usual, made = forms.usual(), {}
    for name, form in table.items():
        made[name] = {"says": form.says}
        if name in missing:
            made[name]["missing"] = missing[name]
        else:
            made[name]["calls"] = forms.count(form, *usual)
            made[name]["ratio"] = ratio[name]
    return made


def floor(ratio):
    """The products of one step, at the rate of the fastest large one."""
    best = min(PRODUCTS, key=lambda n: ratio[f"product {n}"][2] / n ** 3)
    flops = forms.arithmetic()
    share = flops / (2 * best ** 3)
    return {"says": "the floor", "size": best, "flops": flops,
            "ratio": digits(share * q for q in ratio[f"product {best}"])}


def compiling(found):
    """How many steps of the reference the first step took, compiling."""
    base = numpy.median([found[REFERENCE].seconds() for _ in range(20)])
    return {name: float(f"{job.first / base:.2g}")
            for name, job in found.items() if "compiled" in name}


def grew(axis, ratio):
    """The ratios along an axis, for each form that was followed."""
    sizes = GROWTH[axis]
    return {"sizes": sizes} | {
        who: [ratio[f"{who} {axis} {size}"] for size in sizes]
        for who in forms.growing(axis, sizes[0])}


def written(made):
    """The record as JSON, each list of numbers on a line."""
    flat = re.sub(r"\[[^\[\]{}]*\]", lambda m: " ".join(m[0].split()),
                  json.dumps(made, indent=1))
    return flat.replace("[ ", "[").replace(" ]", "]") + "\n"


def machine():
    """What was measured on, in words that name nobody."""
    return {
        "processor": processor(), "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(), "torch": torch.__version__,
        "numpy": numpy.__version__, "threads": torch.get_num_threads(),
    }


def processor():
    """The processor's name, as the system gives it."""
    info = Path("/proc/cpuinfo")
    for row in info.read_text().splitlines() if info.exists() else ():
        key, _, name = row.partition(":")
        if key.strip() == "model name":
            return name.strip()
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.check_output(command, text=True).strip()
    return platform.processor() or platform.machine()


def table(made):
    """The record as text, the dearest form first."""
    parts = {**made["forms"], **made["controls"], "floor": made["floor"]}
    yield (f"{made['machine']['processor']}, {made['rounds']} rounds, "
           f"ratios to: {parts[made['reference']]['says']}")
    yield f"{'operations':>42}{'ratio':>10}   half of the rounds"
    there = [row for row in parts.values() if "ratio" in row]
    for row in sorted(there, key=lambda row: -row["ratio"][2]):
        _, low, middle, high, _ = row["ratio"]
        calls = f"{row['calls']:.0f}" if row.get("calls") else "-"
        yield (f"{row['says']:32}{calls:>10}{middle:10.3g}"
               f"   {low:.3g} to {high:.3g}")
    for row in parts.values():
        if "missing" in row:
            yield f"{row['says']:32}   {row['missing']}"
    yield from growths(made["growth"])


def growths(growth):
    """The growth as text: the cost at each size over that at the first."""
    for axis, sizes in growth.items():
        yield f"{axis:>24}" + "".join(f"{n:9,}" for n in sizes["sizes"])
        for who in list(sizes)[1:]:
            first, *_ = middles = [q[2] for q in sizes[who]]
            yield f"{who:>24}" + "".join(f"{m / first:9.2f}" for m in middles)


def main():
    """Run the bench."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=120)
    parser.add_argument("--to", type=Path, default=RECORD)
    parser.add_argument("--without", nargs="*", default=(), metavar="FORM")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0
    if load > 0.5:
        told(f"Others work here (load {load:.1f}): ratios will scatter.\n")
    with tempfile.TemporaryDirectory() as kept:
        # Compiled code is kept, and found by a second run: not by ours.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = kept
        found, missing = small_jobs(asked.without)
        found |= large_jobs()
        play(found.values(), found[REFERENCE], asked.rounds,
             lambda i: told(f"round {i + 1} of {asked.rounds}"))
        told("")
        made = record(found, missing, asked.rounds)
    asked.to.write_text(written(made))
    print(*table(made), sep="\n")


if __name__ == "__main__":
    main()
