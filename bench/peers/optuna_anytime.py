"""Replays recorded fine-tunings with Optuna's samplers and pruners on a simulated clock; prints the regrets as JSON.

Usage: optuna_anytime.py FILE POLICY WORKERS, where FILE holds {"domains": {name: {"values": [...], "ordinal": bool}}, "budgets": [...],
"pools": [{"seed": s, "runs": [{"parameters": {...}, "accuracy": [...], "seconds": [...]}]}]} and POLICY is tpe-median, tpe-hyperband or gp.
A suggestion stands for the nearest recorded configuration that has not been run, and the sampler is told that this one was.
"""

import json
import sys
import warnings

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, IntDistribution

EPOCHS = 50


def distributions_of(domains):
    return {
        name: IntDistribution(0, len(d["values"]) - 1) if d["ordinal"] else CategoricalDistribution(d["values"])
        for name, d in domains.items()
    }


def study_of(policy, seed, workers):
    parallel = workers > 1
    if policy == "gp":
        import torch

        torch.set_num_threads(1)
        sampler, pruner = optuna.samplers.GPSampler(seed=seed), optuna.pruners.NopPruner()
    else:
        sampler = optuna.samplers.TPESampler(seed=seed, multivariate=True, constant_liar=parallel)
        pruner = (
            optuna.pruners.MedianPruner()
            if policy == "tpe-median"
            else optuna.pruners.HyperbandPruner(min_resource=1, max_resource=EPOCHS, reduction_factor=3)
        )
    return optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)


def replay(pool, domains, budgets, policy, workers):
    distributions = distributions_of(domains)
    runs = pool["runs"]
    codes = [{n: d["values"].index(r["parameters"][n]) for n, d in domains.items()} for r in runs]
    scale = {n: len(d["values"]) if d["ordinal"] else 0 for n, d in domains.items()}
    study = study_of(policy, pool["seed"], workers)
    left, busy, curve = list(range(len(runs))), [], []
    unit = float(np.mean([sum(r["seconds"]) for r in runs]))
    top = max(max(r["accuracy"]) for r in runs)
    now, best = 0.0, 0.0

    def apart(own, i):
        return sum(
            abs(own[n] - codes[i][n]) / scale[n] if scale[n] else float(own[n] != codes[i][n]) for n in distributions
        )

    def start():
        trial = study.ask(distributions)
        own = {n: v if scale[n] else domains[n]["values"].index(v) for n, v in trial.params.items()}
        i = min(left, key=lambda i: apart(own, i))
        left.remove(i)
        for n, distribution in distributions.items():
            value = codes[i][n] if scale[n] else runs[i]["parameters"][n]
            study._storage.set_trial_param(trial._trial_id, n, distribution.to_internal_repr(value), distribution)
        busy.append([now + runs[i]["seconds"][0], trial, i, 0])

    while now < budgets[-1] * unit and best < top:
        while len(busy) < workers and left:
            start()
        if not busy:
            break
        entry = min(busy, key=lambda e: e[0])
        busy.remove(entry)
        now, trial, i, epoch = entry
        value = runs[i]["accuracy"][epoch]
        best = max(best, value)
        curve.append((now, best))
        trial.report(value / 100, epoch)
        if epoch + 1 == len(runs[i]["accuracy"]):
            study.tell(trial, max(runs[i]["accuracy"]) / 100)
        elif policy != "gp" and trial.should_prune():
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            busy.append([now + runs[i]["seconds"][epoch + 1], trial, i, epoch + 1])
    return [top - max((b for t, b in curve if t <= budget * unit), default=0.0) for budget in budgets]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    path, policy, workers = sys.argv[1:4]
    with open(path, encoding="utf8") as file:
        given = json.load(file)
    regrets = [
        replay(pool, given["domains"], given["budgets"], policy, int(workers)) for pool in given["pools"]
    ]
    print(json.dumps({"version": optuna.__version__, "regrets": regrets}))
