"""ViT-Tiny of random weights in timm: writes it as ONNX, or trains it with Adam. Prints JSON.

torch_vit.py export FILE: writes the network without a classifier.
torch_vit.py train FILE BATCHES BATCH ROUNDS RATE: the same network, trained on the arrays of float32 in BATCHES, one after the other, from a head of
zeros: the loss of each step, then processor seconds of a step over them, once a round.
"""
import contextlib
import json
import sys
import time
import warnings

import numpy
import torch

# timm imports torchvision, whose compiled part may not fit this torch; nothing here needs that part.
register_fake = torch.library.register_fake
torch.library.register_fake = lambda *_, **__: lambda function: function
with contextlib.redirect_stdout(sys.stderr):
    import timm

torch.library.register_fake = register_fake

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.manual_seed(1)
SIDE, CLASSES = 224, 2
task, file = sys.argv[1:3]
network = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=0)

if task == "export":
    torch.onnx.export(
        network.eval(), (torch.randn(2, 3, SIDE, SIDE),), file, dynamo=False, input_names=["image"],
        output_names=["features"], dynamic_axes={"image": {0: "batch"}, "features": {0: "batch"}},
    )
    print("null")
    sys.exit()

batch, rounds, rate = int(sys.argv[4]), int(sys.argv[5]), float(sys.argv[6])
images = torch.from_numpy(numpy.fromfile(sys.argv[3], "<f4").reshape(-1, batch, 3, SIDE, SIDE))
labels = torch.arange(batch) % CLASSES
head = torch.nn.Linear(network.num_features, CLASSES)
torch.nn.init.zeros_(head.weight)
torch.nn.init.zeros_(head.bias)
optimizer = torch.optim.Adam([*network.parameters(), *head.parameters()], rate, eps=1e-7)


def step(one):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(head(network(one)), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


losses = [step(one) for one in images]
seconds = []
for _ in range(rounds):
    begin = time.process_time()
    for one in images:
        step(one)
    seconds.append((time.process_time() - begin) / len(images))
print(json.dumps({"losses": losses, "seconds": seconds}))
