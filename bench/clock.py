"""How the bench times: in turns, each form beside the reference.

A machine's speed drifts, so a form is timed beside the reference, which
of the two first is drawn, and what is kept is the ratio of their times.
The forms take turns, in a new order each round, and are built anew for
it, so that a lucky place in memory is not taken for speed.
`torch.utils.benchmark.Timer` holds the watch: it warms up, sets the
threads and keeps the garbage collector out. It has no turns, and
neither has `pyperf`: both time one thing to the end, then the next.
"""

import random
from time import perf_counter, process_time

from torch.utils.benchmark import Timer

TURN = 0.002  # seconds of one measurement, or one step if that is longer


class Job:
    """Something to be timed."""

    def __init__(self, make, steps=1, every=1):
        """`make()` is a new run; one `next` of it is `steps` steps.

        Here it runs for the first time, and says how long that took.
        """
        self.make, self.steps, self.every = make, steps, every
        self.ratios, began, run = [], perf_counter(), make()
        next(run)
        self.first = perf_counter() - began
        next(run)
        began = perf_counter()
        next(run)
        self.turns = max(1, round(TURN / (perf_counter() - began)))

    def seconds(self):
        """The time of one step, in a run that is new."""
        # The process's own time: a pause for others is none of it.
        timer = Timer("next(run)", timer=process_time,
                      globals={"run": self.make()})
        return timer.timeit(self.turns).mean / self.steps


def play(jobs, reference, rounds, tell=lambda i: None):
    """Time each job beside the reference whenever its turn comes."""
    dice = random.Random(0)
    for i in range(rounds):
        tell(i)
        turn = [job for job in jobs if i % job.every == 0]
        dice.shuffle(turn)
        for job in turn:
            if dice.random() < 0.5:
                mine, base = job.seconds(), reference.seconds()
            else:
                base, mine = reference.seconds(), job.seconds()
            job.ratios.append(mine / base)
