"""Runs a study file's search with Optuna (TPE, median pruner) and PyTorch, one trial after the other on one device; prints JSON.

SqueezeNet 1.1 with pre-trained weights; the same images, space, phases, schedule and objective. As a careful person writes it: images are
decoded once and stay on the device, augmentation runs there in batches, and the frozen part computes no gradients.
Usage: optuna_torch.py STUDY.json WEIGHTS DEVICE. WEIGHTS: float32 kernels [height, width, in, out] and biases in the order of the layers.
"""

import math
import os
import sys

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.pop(name, None)

import optuna
import torch
from study_search import pictures, search
from torch import nn
from torch.nn import functional as F

device = torch.device(sys.argv[3])
MEAN = torch.tensor([103.939, 116.779, 123.68], device=device).view(1, 3, 1, 1)


class Fire(nn.Module):
    def __init__(self, ins, squeeze, expand):
        super().__init__()
        self.squeeze, self.left, self.right = nn.Conv2d(ins, squeeze, 1), nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.cat([torch.relu(self.left(x)), torch.relu(self.right(x))], 1)


def squeezenet():
    pool = lambda: nn.MaxPool2d(3, 2)
    return nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 64, 3, 2), nn.ReLU(), pool()), Fire(64, 16, 64), nn.Sequential(Fire(128, 16, 64), pool()), Fire(128, 32, 128),
        nn.Sequential(Fire(256, 32, 128), pool()), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
    )


def load_weights(network, path):
    with open(path, "rb") as file:
        numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    at = 0
    with torch.no_grad():
        for parameter in network.parameters():
            part = numbers[at : at + parameter.numel()]
            at += parameter.numel()
            if parameter.dim() == 4:
                outs, ins, height, width = parameter.shape
                part = part.view(height, width, ins, outs).permute(3, 2, 0, 1)
            parameter.copy_(part)
    assert at == len(numbers)


def load_images(folder, side):
    found, labels, classes = pictures(folder, side)
    pixels = [torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8).view(side, side, 3) for picture in found]
    return torch.stack(pixels).permute(0, 3, 1, 2).to(device), torch.tensor(labels, device=device), classes


# Degrees, zoom (least, most), shift, brightness, contrast.
STRENGTHS = {"standard": (10, (-0.12, 0.12), 0.06, 0.15, 0.15), "strong": (20, (-0.3, 0.0), 0.0, 0.3, 0.35)}


def augment(x, strategy):
    """Of float images in 0…255, on their device."""
    if strategy == "none":
        return x
    count = len(x)
    uniform = lambda low, high: low + (high - low) * torch.rand(count, device=device)
    mirror = (torch.rand(count, device=device) < 0.5).float() * -2 + 1
    if strategy == "flip":
        return torch.where(mirror.view(-1, 1, 1, 1) < 0, x.flip(3), x)
    degrees, (least, most), shift, brightness, contrast = STRENGTHS[strategy]
    angle, scale = uniform(-degrees, degrees) * math.pi / 180, 1 + uniform(least, most)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    rows = [cos * mirror, -sin, uniform(-2 * shift, 2 * shift), sin * mirror, cos, uniform(-2 * shift, 2 * shift)]
    grid = F.affine_grid(torch.stack(rows, 1).view(-1, 2, 3), x.shape, align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
    mean = x.mean((1, 2, 3), keepdim=True)
    factor = (1 + uniform(-contrast, contrast)).view(-1, 1, 1, 1)
    return ((x - mean) * factor + mean + 255 * uniform(-brightness, brightness).view(-1, 1, 1, 1)).clamp(0, 255)


def prepared(x):
    return (x.flip(1) - MEAN).contiguous(memory_format=torch.channels_last)


def macro_f1(labels, predicted, classes):
    scores = []
    for one in range(classes):
        hit = int(((labels == one) & (predicted == one)).sum())
        wrong = int(((labels == one) != (predicted == one)).sum())
        scores.append(2 * hit / (2 * hit + wrong) if hit or wrong else 0.0)
    return sum(scores) / len(scores)


def train(trial, parameters, study_file, data):
    (x, y), (vx, vy), classes = data
    training = study_file["training"]
    network = squeezenet()
    load_weights(network, sys.argv[2])
    network = network.to(device, memory_format=torch.channels_last)
    head = nn.Linear(512, classes).to(device)
    depth, size, epochs = parameters["unfreezeDepth"], parameters["batchSize"], training["epochs"]
    head_epochs = training["headEpochs"] if depth > 0 else 0
    best, taken = 0.0, 0
    for epoch in range(epochs):
        scheduled = epoch >= head_epochs
        if epoch in (0, head_epochs):
            cut = len(network) - (depth if scheduled else 0)
            frozen, tail = network[:cut], network[cut:]
            optimizer = torch.optim.Adam([*tail.parameters(), *head.parameters()], 1e-3, weight_decay=2 * parameters["l2"])
            steps = -(-len(x) // size) * max(1, epochs - head_epochs)
        order = torch.randperm(len(x), device=device)
        for indices in order.split(size):
            if scheduled:
                for group in optimizer.param_groups:
                    group["lr"] = parameters["learningRate"] * (1 + math.cos(math.pi * taken / steps)) / 2
                taken += 1
            with torch.no_grad():
                features = frozen(prepared(augment(x[indices].float(), parameters["augmentation"])))
            pooled = F.dropout(tail(features).mean((2, 3)), parameters["dropout"])
            loss = F.cross_entropy(head(pooled), y[indices])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            scores = [head(network(prepared(part.float())).mean((2, 3))).argmax(1) for part in vx.split(128)]
        score = macro_f1(vy, torch.cat(scores), classes)
        best = max(best, score)
        trial.report(score, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned()
    return best


search(load_images, torch.manual_seed, train)
