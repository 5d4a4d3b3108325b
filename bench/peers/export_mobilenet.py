"""Writes MobileNetV2 (Sandler et al. 2018; PyTorch layers, random weights, averaged) as ONNX by torch.onnx, one image of 224 px.

Usage: export_mobilenet.py FILE
"""

import io
import sys

import torch
from torch import nn


def convolution(inputs, outputs, size, stride=1, groups=1, activation=True):
    layers = [nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.ReLU6()] if activation else []))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        expand = [convolution(inputs, hidden, 1)] if expansion > 1 else []
        depthwise = convolution(hidden, hidden, 3, stride, groups=hidden)
        self.layers = nn.Sequential(*expand, depthwise, convolution(hidden, outputs, 1, activation=False))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


def mobilenet_v2():
    layers = [convolution(3, 32, 3, 2)]
    inputs = 32
    for expansion, outputs, repeats, stride in [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]:
        for i in range(repeats):
            layers.append(InvertedResidual(inputs, outputs, stride if i == 0 else 1, expansion))
            inputs = outputs
    return nn.Sequential(*layers, convolution(320, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())


model = mobilenet_v2().eval()
buffer = io.BytesIO()
torch.onnx.export(model, torch.zeros(1, 3, 224, 224), buffer, dynamo=False, input_names=["image"])
with open(sys.argv[1], "wb") as file:
    file.write(buffer.getvalue())
print("{}")
