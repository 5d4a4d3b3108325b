"""A training loop as a person writes it in PyTorch: the top blocks of a network and a head, with Adam, from features that lie ready.

torch_loop.py DEVICE: reads lines of JSON and answers each with one.
{"network", "depth" (null: all blocks), "side", "batch", "precision", "compile", "frozen"} makes a step, with `frozen` a forward pass of the
whole network; the answer is {"id"}. {"id", "steps"} takes steps; the answer is {"cpu", "wall"}, seconds of all of them.
{"network", "side", "export"} writes the network to an ONNX file without a classifier; the answer is {}.
"""

import contextlib
import json
import sys
import time

import torch
from torch import nn

device = torch.device(sys.argv[1])
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
if device.type == "cpu":
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
CLASSES = 2


class Fire(nn.Module):
    def __init__(self, ins, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(ins, squeeze, 1)
        self.expand1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.cat([torch.relu(self.expand1(x)), torch.relu(self.expand3(x))], 1)


def squeezenet():
    pool = lambda: nn.MaxPool2d(3, 2)
    return [
        nn.Sequential(nn.Conv2d(3, 64, 3, 2), nn.ReLU(inplace=True), pool()),
        Fire(64, 16, 64),
        nn.Sequential(Fire(128, 16, 64), pool()),
        Fire(128, 32, 128),
        nn.Sequential(Fire(256, 32, 128), pool()),
        Fire(256, 48, 192),
        Fire(384, 48, 192),
        Fire(384, 64, 256),
        Fire(512, 64, 256),
    ]


def unit(ins, outs, size, stride=1, groups=1, activation=True):
    layers = [nn.Conv2d(ins, outs, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(outs)]
    return layers + ([nn.ReLU6(inplace=True)] if activation else [])


class InvertedResidual(nn.Module):
    def __init__(self, ins, outs, stride, expansion):
        super().__init__()
        wide = ins * expansion
        expand = unit(ins, wide, 1) if expansion > 1 else []
        self.layers = nn.Sequential(*expand, *unit(wide, wide, 3, stride, wide), *unit(wide, outs, 1, activation=False))
        self.adds = stride == 1 and ins == outs

    def forward(self, x):
        return x + self.layers(x) if self.adds else self.layers(x)


def mobilenet():
    blocks = [nn.Sequential(*unit(3, 32, 3, 2), InvertedResidual(32, 16, 1, 1))]
    ins = 16
    for outs, count, stride in [(24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)]:
        for i in range(count):
            blocks.append(InvertedResidual(ins, outs, stride if i == 0 else 1, 6))
            ins = outs
    return blocks + [nn.Sequential(*unit(ins, 1280, 1))]


class Bottleneck(nn.Module):
    def __init__(self, ins, width, stride):
        super().__init__()
        outs = 4 * width
        plain = lambda *unit_of: [layer if not isinstance(layer, nn.ReLU6) else nn.ReLU(inplace=True) for layer in unit(*unit_of)]
        self.layers = nn.Sequential(
            *plain(ins, width, 1), *plain(width, width, 3, stride), *unit(width, outs, 1, activation=False)
        )
        self.shortcut = nn.Sequential(*unit(ins, outs, 1, stride, activation=False)) if stride != 1 or ins != outs else nn.Identity()

    def forward(self, x):
        return torch.relu(self.layers(x) + self.shortcut(x))


def resnet50():
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    blocks, ins = [nn.Sequential(*stem)], 64
    for width, count, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for i in range(count):
            blocks.append(Bottleneck(ins, width, stride if i == 0 else 1))
            ins = 4 * width
    return blocks


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed):
        super().__init__()
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, squeezed, 1), nn.SiLU(), nn.Conv2d(squeezed, channels, 1), nn.Sigmoid()
        )

    def forward(self, x):
        return x * self.layers(x)


class MobileBlock(nn.Module):
    def __init__(self, ins, outs, size, stride, expansion):
        super().__init__()
        wide = ins * expansion
        swish = lambda *unit_of: [layer if not isinstance(layer, nn.ReLU6) else nn.SiLU(inplace=True) for layer in unit(*unit_of)]
        expand = swish(ins, wide, 1) if expansion > 1 else []
        self.layers = nn.Sequential(
            *expand, *swish(wide, wide, size, stride, wide), SqueezeExcite(wide, ins // 4), *unit(wide, outs, 1, activation=False)
        )
        self.adds = stride == 1 and ins == outs

    def forward(self, x):
        return x + self.layers(x) if self.adds else self.layers(x)


def efficientnet():
    stem = unit(3, 32, 3, 2, activation=False)
    blocks, ins = [nn.Sequential(*stem, nn.SiLU(inplace=True))], 32
    stages = [(3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2), (5, 3, 112, 6, 1), (5, 4, 192, 6, 2), (3, 1, 320, 6, 1)]
    for size, count, outs, expansion, stride in stages:
        for i in range(count):
            blocks.append(MobileBlock(ins, outs, size, stride if i == 0 else 1, expansion))
            ins = outs
    return blocks + [nn.Sequential(*unit(ins, 1280, 1, activation=False), nn.SiLU(inplace=True))]


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        parts = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        queries, keys, values = parts.unbind(0)
        mixed = nn.functional.scaled_dot_product_attention(queries, keys, values)
        return self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))


class EncoderBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attention = nn.Sequential(nn.LayerNorm(width, eps=1e-6), Attention(width, heads))
        self.layers = nn.Sequential(
            nn.LayerNorm(width, eps=1e-6), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x):
        x = x + self.attention(x)
        return x + self.layers(x)


class VisionTransformer(nn.Module):
    """ViT-Small of 16-pixel patches (Dosovitskiy et al. 2021; Touvron et al. 2021)."""

    def __init__(self, side, width=384, heads=6, depth=12):
        super().__init__()
        self.patches = nn.Conv2d(3, width, 16, 16)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.positions = nn.Parameter(0.02 * torch.randn(1, (side // 16) ** 2 + 1, width))
        self.blocks = nn.Sequential(*(EncoderBlock(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return self.norm(self.blocks(x))[:, 0]


NETWORKS = {"squeezenet1.1": squeezenet, "mobilenetv2-torch": mobilenet, "resnet50-torch": resnet50, "efficientnetb0-torch": efficientnet}


def layers_of(network, side):
    return [VisionTransformer(side)] if network == "vit-small" else NETWORKS[network]()


def pool(x):
    """A transformer gives what enters its classifier."""
    return x.mean((2, 3)) if x.dim() == 4 else x


def export(network, side, file):
    torch.manual_seed(0)
    whole = nn.Sequential(*layers_of(network, side)).eval()
    torch.onnx.export(
        whole, (torch.randn(2, 3, side, side),), file, dynamo=False, input_names=["image"],
        output_names=["features"], dynamic_axes={"image": {0: "batch"}, "features": {0: "batch"}},
    )


TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def make(network, depth, side, batch, precision="float32", compile=False, frozen=False):
    torch.manual_seed(0)
    layers = layers_of(network, side)
    cut = 0 if depth is None or frozen else len(layers) - depth
    images = torch.randn(1 if not frozen else batch, 3, side, side).to(device, memory_format=torch.channels_last)
    whole = nn.Sequential(*layers).to(device, memory_format=torch.channels_last).eval()
    with torch.no_grad():
        features = whole[:cut](images)
        channels = whole[cut:](features).shape[1]
    tail = whole[cut:]
    pooled = lambda x: pool(tail(x))
    cast = contextlib.nullcontext if precision == "float32" else lambda: torch.autocast(device.type, TYPES[precision])
    if frozen:
        run = torch.compile(pooled) if compile else pooled

        def forward():
            with torch.no_grad(), cast():
                run(images).float().cpu()

        return forward
    shape = (batch, *features.shape[1:])
    features = torch.relu(torch.randn(shape)).to(device, memory_format=torch.channels_last)
    head = nn.Linear(channels, CLASSES).to(device)
    tail.train()
    optimizer = torch.optim.Adam([*tail.parameters(), *head.parameters()], 1e-4)
    labels = torch.arange(batch, device=device) % CLASSES
    if depth == 0:
        features = features.mean((2, 3))
        pooled = lambda x: x
    whole_step = lambda x: head(nn.functional.dropout(pooled(x), 0.2))
    run = torch.compile(whole_step) if compile else whole_step
    scaler = torch.amp.GradScaler(device.type, enabled=precision == "float16")

    def step():
        optimizer.zero_grad()
        with cast():
            loss = nn.functional.cross_entropy(run(features), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        loss.item()

    return step


steps = []
for line in sys.stdin:
    request = json.loads(line)
    if "export" in request:
        # It prints on standard output.
        with contextlib.redirect_stdout(sys.stderr):
            export(request["network"], request["side"], request["export"])
        answer = {}
    elif "steps" not in request:
        steps.append(make(**request))
        steps[-1]()
        answer = {"id": len(steps) - 1}
    else:
        step = steps[request["id"]]
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(request["steps"]):
            step()
        if device.type == "cuda":
            torch.cuda.synchronize()
        answer = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    print(json.dumps(answer), flush=True)
