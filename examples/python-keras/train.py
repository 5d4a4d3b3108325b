"""Tells two spirals apart with Keras. A callback reports, keeps a checkpoint, and listens to the verdict."""

import json
import os

import keras
import numpy as np

# Without hpo: the defaults.
parameters = json.loads(os.environ.get("HPO_PARAMETERS", '{"learningRate": 0.01, "dropout": 0.1}'))
folder = os.environ.get("HPO_DIRECTORY", ".")
EPOCHS = 8


def spirals(count, seed):
    random = np.random.default_rng(seed)
    label = random.integers(0, 2, count)
    turn = random.uniform(0.5, 2.5, count) * np.pi
    angle = turn + np.pi * label
    points = np.stack([turn * np.cos(angle), turn * np.sin(angle)], axis=1) / 8
    return (points + random.normal(0, 0.03, points.shape)).astype("float32"), label


class Hpo(keras.callbacks.Callback):
    """Twelve lines that any script can copy."""

    def on_epoch_end(self, epoch, logs=None):
        report = {"epoch": epoch + 1, "metrics": {name: float(value) for name, value in logs.items()}}
        self.model.save(checkpoint + ".new.keras")
        with open(state + ".new", "w") as file:
            json.dump(report, file)
        os.replace(checkpoint + ".new.keras", checkpoint)
        os.replace(state + ".new", state)
        print(json.dumps(report), flush=True)
        if "HPO_TRIAL" in os.environ and input() == "stop":
            self.model.stop_training = True


keras.utils.set_random_seed(int(os.environ.get("HPO_SEED", 0)))
checkpoint, state = os.path.join(folder, "model.keras"), os.path.join(folder, "report.json")
done = 0
if os.path.exists(checkpoint) and os.path.exists(state):
    model = keras.models.load_model(checkpoint)
    with open(state) as file:
        report = json.load(file)
    done = report["epoch"]
    print(json.dumps(report), flush=True)  # the study drops it, if it knows it
    input()
else:
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(32, "relu"),
            keras.layers.Dropout(parameters["dropout"]),
            keras.layers.Dense(32, "relu"),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    optimizer = keras.optimizers.Adam(parameters["learningRate"])
    model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])

model.fit(
    *spirals(512, seed=1),
    validation_data=spirals(256, seed=2),
    epochs=EPOCHS,
    initial_epoch=done,
    batch_size=32,
    verbose=0,
    callbacks=[Hpo()],
)
