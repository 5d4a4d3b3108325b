"""Training steps of a backbone's tail in Keras, one thread, when they are asked for.

keras_loop.py: reads lines of JSON and answers each with one.
{"network", "cut", "batch"} makes a step; `cut` is the layer whose output enters the tail, 'pooled' for the head alone, 'input' for everything;
the answer is {"id"}. {"id", "steps"} takes steps; the answer is {"cpu", "wall"}, seconds of all of them.
"""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras
import numpy as np
import tensorflow as tf
from keras import layers

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

CLASSES = 2


def squeezenet(shape):
    """SqueezeNet 1.1 without top; Keras takes no slashes in names."""
    image = keras.Input(shape)

    def fire(x, number, squeezed, expanded):
        name = f"fire{number}"
        squeeze = layers.Conv2D(squeezed, 1, activation="relu", name=f"{name}_squeeze1x1")(x)
        left = layers.Conv2D(expanded, 1, activation="relu", name=f"{name}_expand1x1")(squeeze)
        right = layers.Conv2D(expanded, 3, padding="same", activation="relu", name=f"{name}_expand3x3")(squeeze)
        return layers.Concatenate(name=f"{name}_concat")([left, right])

    x = layers.Conv2D(64, 3, strides=2, activation="relu")(image)
    x = layers.MaxPooling2D(3, 2)(x)
    for number, (squeezed, expanded) in enumerate(
        [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)], start=2
    ):
        x = fire(x, number, squeezed, expanded)
        if number in (3, 5):
            x = layers.MaxPooling2D(3, 2, name=f"pool{number}")(x)
    return keras.Model(image, x)


APPLICATIONS = {
    "mobilenetv2": keras.applications.MobileNetV2,
    "resnet50": keras.applications.ResNet50,
    "efficientnetb0": keras.applications.EfficientNetB0,
}


def tail(network, cut):
    shape = (224, 224, 3)
    base = squeezenet(shape) if network == "squeezenet1.1" else APPLICATIONS[network](include_top=False, weights=None, input_shape=shape)
    if cut == "pooled":
        entry = keras.Input((base.output.shape[-1],))
        features = entry
    else:
        start = base.input if cut == "input" else base.get_layer(cut.replace("/", "_")).output
        part = keras.Model(start, base.output)
        entry = keras.Input(start.shape[1:])
        features = layers.GlobalAveragePooling2D()(part(entry))
    return keras.Model(entry, layers.Dense(CLASSES, activation="softmax")(features))


def make(network, cut, batch):
    model = tail(network, cut)
    model.compile(keras.optimizers.Adam(1e-4), "categorical_crossentropy")
    random = np.random.default_rng(0)
    images = np.maximum(random.standard_normal((batch, *model.input.shape[1:])), 0).astype("float32")
    labels = np.eye(CLASSES, dtype="float32")[np.arange(batch) % CLASSES]
    return lambda: model.train_on_batch(images, labels)


steps = []
for line in sys.stdin:
    request = json.loads(line)
    if "steps" not in request:
        steps.append(make(**request))
        steps[-1]()
        answer = {"id": len(steps) - 1}
    else:
        step = steps[request["id"]]
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(request["steps"]):
            step()
        answer = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    print(json.dumps(answer), flush=True)
