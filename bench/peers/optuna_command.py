"""Optuna's study of a script that it starts for each trial: reads its reports from a pipe, asks the pruner, ends it. Prints seconds as JSON.

Usage: optuna_command.py JOURNAL TRIALS SCRIPT ARGUMENT...; the script gets the parameter as a further argument.
"""

import json
import resource
import subprocess
import sys
import time

import optuna


def main():
    journal, trials, *command = sys.argv[1:]
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(journal))
    sampler = optuna.samplers.RandomSampler(seed=1)
    study = optuna.create_study(storage=storage, sampler=sampler, pruner=optuna.pruners.NopPruner())

    def objective(trial):
        rate = trial.suggest_float("rate", 0.001, 1, log=True)
        process = subprocess.Popen([*command, str(rate)], stdout=subprocess.PIPE, text=True)
        value = None
        for line in process.stdout:
            if not line.startswith("{"):
                continue
            report = json.loads(line)
            value = report["metrics"]["loss"]
            trial.report(value, report["epoch"])
            if trial.should_prune():
                process.terminate()
                raise optuna.TrialPruned()
        process.wait()
        return value

    started = time.perf_counter()
    study.optimize(objective, n_trials=int(trials))
    wall = time.perf_counter() - started
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = {"wall": wall, "own": own.ru_utime + own.ru_stime, "children": children.ru_utime + children.ru_stime}
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
