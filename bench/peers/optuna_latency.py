"""Times one suggestion of Optuna's samplers after n trials of the 'finetuning' function; prints the median in ms, as JSON.

Usage: optuna_latency.py SAMPLER ASKS N..., e.g. gp 5 50 100 200.
"""

import json
import statistics
import sys
import time
import warnings

import optuna

from optuna_samplers import sampler_of
from problems import PROBLEMS


def median_ask(sampler, trials, asks):
    distributions, regret, _ = PROBLEMS["finetuning"]
    filled = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(trials):
        trial = filled.ask(distributions)
        filled.tell(trial, regret(trial.params))
    study = optuna.create_study(sampler=sampler_of(sampler, 0))
    study.add_trials(filled.trials)
    times = []
    # The first one warms up and is not counted; from then on the fit starts where the last one ended.
    for _ in range(asks + 1):
        started = time.perf_counter()
        trial = study.ask(distributions)
        times.append(1000 * (time.perf_counter() - started))
        study.tell(trial, regret(trial.params))
    return statistics.median(times[1:])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler, asks, *sizes = sys.argv[1:]
    print(json.dumps({size: median_ask(sampler, int(size), int(asks)) for size in sizes}))
