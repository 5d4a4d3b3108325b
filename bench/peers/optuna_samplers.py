"""Runs one of Optuna's samplers on one test function over several seeds; prints each trial's true regret and the value that the
sampler was told, in the order of telling, as JSON.

Usage: optuna_samplers.py SAMPLER PROBLEM NOISY IN_FLIGHT TRIALS SEEDS [FIRST_SEED], e.g. gp hartmann6 0 1 60 20.
"""

import json
import random
import sys
import warnings

import optuna

from problems import PROBLEMS


def sampler_of(name, seed):
    if name == "gp":
        import torch

        torch.set_num_threads(1)
        return optuna.samplers.GPSampler(seed=seed)
    if name == "tpe":
        return optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=True)
    return optuna.samplers.RandomSampler(seed=seed)


def run(sampler, problem, noisy, in_flight, trials, seed):
    distributions, regret, noise = PROBLEMS[problem]
    study = optuna.create_study(sampler=sampler_of(sampler, seed))
    stream = random.Random(seed)
    regrets, told, running = [], [], []

    def tell_oldest():
        trial = running.pop(0)
        value = regret(trial.params)
        regrets.append(value)
        told.append(value + (stream.gauss(0, noise) if noisy else 0))
        study.tell(trial, told[-1])

    for _ in range(trials):
        running.append(study.ask(distributions))
        if len(running) == in_flight:
            tell_oldest()
    while running:
        tell_oldest()
    return {"regrets": regrets, "told": told}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler, problem, noisy, in_flight, trials, seeds = sys.argv[1:7]
    first = int(sys.argv[7]) if len(sys.argv) > 7 else 0
    seeds = range(first, first + int(seeds))
    runs = [run(sampler, problem, noisy == "1", int(in_flight), int(trials), seed) for seed in seeds]
    print(json.dumps({"version": optuna.__version__, "runs": runs}))
