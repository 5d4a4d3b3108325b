"""Runs a study file's search with Optuna (TPE, median pruner) and Keras, one trial after the other on all cores; prints JSON.

SqueezeNet 1.1 with pre-trained weights; the same images, space, phases, schedule and objective. Two trials at once were slower than one
with all cores. Usage: optuna_keras.py STUDY.json
"""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.pop(name, None)

import h5py
import keras
import numpy as np
import optuna
from keras import layers
from study_search import pictures, search

MEAN = np.array([103.939, 116.779, 123.68], dtype="float32")
BLOCKS = [["conv1"], ["fire2"], ["fire3"], ["fire4"], ["fire5"], ["fire6"], ["fire7"], ["fire8"], ["fire9"]]


def squeezenet(side):
    def fire(x, index, squeeze, expand):
        name = f"fire{index}"
        x = layers.Conv2D(squeeze, 1, activation="relu", name=f"{name}/squeeze1x1".replace("/", "_"))(x)
        left = layers.Conv2D(expand, 1, activation="relu", name=f"{name}_expand1x1")(x)
        right = layers.Conv2D(expand, 3, padding="same", activation="relu", name=f"{name}_expand3x3")(x)
        return layers.Concatenate()([left, right])

    image = keras.Input((side, side, 3))
    x = layers.Conv2D(64, 3, strides=2, activation="relu", name="conv1")(image)
    x = layers.MaxPooling2D(3, 2)(x)
    x = fire(fire(x, 2, 16, 64), 3, 16, 64)
    x = layers.MaxPooling2D(3, 2)(x)
    x = fire(fire(x, 4, 32, 128), 5, 32, 128)
    x = layers.MaxPooling2D(3, 2)(x)
    x = fire(fire(x, 6, 48, 192), 7, 48, 192)
    x = fire(fire(x, 8, 64, 256), 9, 64, 256)
    return keras.Model(image, x)


def load_weights(model, path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.__setitem__(name, item[()]) if isinstance(item, h5py.Dataset) else None)
    for layer in model.layers:
        if not layer.weights:
            continue
        wanted = layer.name.replace("_", "/", 1)
        own = {name: value for name, value in found.items() if wanted in name or layer.name in name}
        kernel = next(value for value in own.values() if value.ndim == 4)
        bias = next(value for value in own.values() if value.ndim == 1)
        layer.set_weights([kernel, bias])


def load_images(folder, side):
    found, labels, classes = pictures(folder, side)
    return np.stack([np.asarray(picture, dtype="float32") for picture in found]), np.array(labels), classes


def augmentation(strategy):
    steps = {
        "none": [],
        "flip": [layers.RandomFlip("horizontal")],
        "standard": [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(10 / 360),
            layers.RandomZoom(0.12),
            layers.RandomTranslation(0.06, 0.06),
            layers.RandomBrightness(0.15),
            layers.RandomContrast(0.15),
        ],
        "strong": [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(20 / 360),
            layers.RandomZoom((-0.3, 0)),
            layers.RandomBrightness(0.3),
            layers.RandomContrast(0.35),
        ],
    }
    return keras.Sequential(steps[strategy]) if steps[strategy] else None


def macro_f1(labels, predicted, classes):
    scores = []
    for one in range(classes):
        hit = np.sum((labels == one) & (predicted == one))
        wrong = np.sum((labels == one) != (predicted == one))
        scores.append(2 * hit / (2 * hit + wrong) if hit or wrong else 0.0)
    return float(np.mean(scores))


def train(trial, parameters, study_file, data):
    (x, y), (vx, vy), classes = data
    training, side = study_file["training"], study_file["backbone"]["inputSize"]
    keras.utils.clear_session()
    backbone = squeezenet(side)
    load_weights(backbone, study_file["backbone"]["weights"])
    image = keras.Input((side, side, 3))
    augment = augmentation(parameters["augmentation"])
    pixels = image if augment is None else augment(image)
    caffe = layers.Lambda(lambda t: keras.ops.flip(t, axis=-1) - MEAN)(pixels)
    pooled = layers.GlobalAveragePooling2D()(backbone(caffe))
    head = layers.Dense(classes, activation="softmax", kernel_regularizer=keras.regularizers.L2(parameters["l2"]))
    model = keras.Model(image, head(layers.Dropout(parameters["dropout"])(pooled)))
    top = [f"fire{9 - i}" for i in range(parameters["unfreezeDepth"])]
    epochs = training["epochs"]
    head_epochs = training["headEpochs"] if top else 0
    best = 0.0
    for epoch in range(epochs):
        if epoch in (0, head_epochs):
            scheduled = epoch >= head_epochs
            steps = -(-len(x) // parameters["batchSize"]) * max(1, epochs - head_epochs)
            rate = keras.optimizers.schedules.CosineDecay(parameters["learningRate"], steps) if scheduled else 1e-3
            for layer in backbone.layers:
                layer.trainable = scheduled and layer.name.split("_")[0] in top
                if layer.trainable and layer.weights:
                    layer.kernel_regularizer = keras.regularizers.L2(parameters["l2"])
            model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        model.fit(x, y, batch_size=parameters["batchSize"], epochs=1, verbose=0)
        score = macro_f1(vy, model.predict(vx, batch_size=32, verbose=0).argmax(-1), classes)
        best = max(best, score)
        trial.report(score, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned()
    return best


search(load_images, keras.utils.set_random_seed, train)
