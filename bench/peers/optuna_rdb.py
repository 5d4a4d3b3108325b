"""Trials of Optuna that do nothing, in several processes on one relational database; prints milliseconds for each trial, as JSON.

Usage: optuna_rdb.py URL PROCESSES TRIALS EPOCHS. Every process asks for its share of the trials, and each trial reports EPOCHS values and
asks each time whether it should be pruned. `wall`: of a trial in its process; `processor`: of that process.
"""

import json
import multiprocessing
import sys
import time
import warnings

import optuna

NAME = "bench"


def work(url, trials, epochs, results):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(study_name=NAME, storage=url, sampler=optuna.samplers.RandomSampler())

    def objective(trial):
        x = trial.suggest_float("x", 0, 1)
        for epoch in range(1, epochs + 1):
            trial.report(x - 1 / epoch, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned()
        return x - 1 / epochs

    # The first trial connects.
    study.optimize(objective, n_trials=1)
    wall, processor = time.perf_counter(), time.process_time()
    study.optimize(objective, n_trials=trials)
    results.put((time.perf_counter() - wall, time.process_time() - processor))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    url, processes, trials, epochs = sys.argv[1], *map(int, sys.argv[2:])
    optuna.create_study(study_name=NAME, storage=url, direction="maximize", pruner=optuna.pruners.NopPruner())
    share = trials // processes
    results = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(url, share, epochs, results)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    measured = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    wall = sum(seconds for seconds, _ in measured)
    processor = sum(seconds for _, seconds in measured)
    print(json.dumps({"wall": 1000 * wall / (share * processes), "processor": 1000 * processor / (share * processes)}))
