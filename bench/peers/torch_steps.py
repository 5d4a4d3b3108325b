"""Images per second of PyTorch on a CUDA GPU, float32 without TF32: a training step of a network's top blocks, or its forward pass. Prints JSON.

torch_steps.py BACKBONE train|forward DEPTH BATCH SECONDS: DEPTH in blocks as hpo counts them, or 'all'. null where there is no GPU.
"""
import json
import sys
import time

import torch
import torchvision

if not torch.cuda.is_available():
    print("null")
    sys.exit()
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
backbone, task, depth, batch, seconds = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
CLASSES = 2
# Where each network's blocks begin in torchvision's list of layers, as hpo cuts them.
STARTS = {
    "squeezenet1.1": (torchvision.models.squeezenet1_1, [0, 3, 4, 6, 7, 9, 10, 11, 12]),
    "mobilenetv2": (torchvision.models.mobilenet_v2, [0, *range(2, 19)]),
}
build, starts = STARTS[backbone]
layers = build(weights=None).features.cuda()
cut = 0 if depth == "all" or task == "forward" else starts[len(starts) - int(depth)] if int(depth) > 0 else len(layers)
images = torch.randn(1 if task == "forward" else batch, 3, 224, 224, device="cuda")
with torch.no_grad():
    features = layers[:cut].eval()(images).clone()
tail = layers[cut:]
head = torch.nn.Linear(layers.eval()(images).shape[1], CLASSES).cuda()
optimizer = torch.optim.Adam([*tail.parameters(), *head.parameters()], 1e-4)
labels = torch.arange(len(images), device="cuda") % CLASSES


def train():
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(head(tail(features.cpu().cuda()).mean((2, 3))), labels).backward()
    optimizer.step()


@torch.no_grad()
def forward():
    tail.eval()(features.cpu().cuda()).mean((2, 3)).cpu()


run = train if task == "train" else forward
for _ in range(10):
    run()
torch.cuda.synchronize()
begin, runs = time.perf_counter(), 0
while time.perf_counter() - begin < seconds:
    run()
    torch.cuda.synchronize()
    runs += 1
print(json.dumps(runs * len(images) / (time.perf_counter() - begin)))
