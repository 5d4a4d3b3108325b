"""What peers that run a study file's search with Optuna have in common: pictures, parameters, TPE with the median pruner, the result."""

import json
import os
import sys
import time

import optuna
from PIL import Image


def pictures(folder, side):
    """Square pictures (RGB) in the order of classes and files, their labels, and the number of classes."""
    found, labels = [], []
    classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir())
    for label, name in enumerate(classes):
        for file in sorted(os.listdir(os.path.join(folder, name))):
            with Image.open(os.path.join(folder, name, file)) as image:
                picture = image.convert("RGB")
            scale = side / min(picture.size)
            width, height = (max(side, round(length * scale)) for length in picture.size)
            picture = picture.resize((width, height), Image.BICUBIC)
            left, top = (width - side) // 2, (height - side) // 2
            found.append(picture.crop((left, top, left + side, top + side)))
            labels.append(label)
    return found, labels, len(classes)


def suggest(trial, space):
    parameters = {}
    for name, domain in space.items():
        if domain["type"] == "choice":
            parameters[name] = trial.suggest_categorical(name, domain["values"])
        elif domain["type"] == "int":
            parameters[name] = trial.suggest_int(name, domain["min"], domain["max"])
        else:
            parameters[name] = trial.suggest_float(name, domain["min"], domain["max"], log=domain.get("scale") == "log")
    return parameters


def search(load_images, seed_generators, train):
    """Searches the study file that the first argument names, and prints seconds, best value and epochs as JSON.

    load_images(folder, side): images, labels, number of classes. train(trial, parameters, study_file, data): the trial's value.
    """
    started = time.perf_counter()
    with open(sys.argv[1]) as file:
        study_file = json.load(file)
    side = study_file["backbone"]["inputSize"]
    x, y, classes = load_images(study_file["data"]["train"], side)
    vx, vy, _ = load_images(study_file["data"]["validation"], side)
    data = ((x, y), (vx, vy), classes)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    seed = study_file["search"]["seed"]
    seed_generators(seed)
    study = optuna.create_study(
        direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed), pruner=optuna.pruners.MedianPruner(n_warmup_steps=3)
    )
    study.optimize(
        lambda trial: train(trial, suggest(trial, study_file["space"]), study_file, data), n_trials=study_file["search"]["trials"]
    )
    values = [value for trial in study.trials for value in trial.intermediate_values.values()]
    print(json.dumps({"seconds": time.perf_counter() - started, "value": max(values), "epochs": len(values)}))
