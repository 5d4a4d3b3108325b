"""ViT-Tiny of random weights in timm: writes it as ONNX, or trains it with Adam. Prints JSON.

torch_vit.py export FILE: writes the network without a classifier.
torch_vit.py train BATCHES BATCH RATE: the same network, trained on the arrays of float32 in BATCHES, one after the other, from a head of zeros:
the loss of each step, and its processor seconds.
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
task = sys.argv[1]
network = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=0)

if task == "export":
    torch.onnx.export(
        network.eval(), (torch.randn(2, 3, SIDE, SIDE),), sys.argv[2], dynamo=False, input_names=["image"],
        output_names=["features"], dynamic_axes={"image": {0: "batch"}, "features": {0: "batch"}},
    )
    print("null")
    sys.exit()

batch, rate = int(sys.argv[3]), float(sys.argv[4])
images = torch.from_numpy(numpy.fromfile(sys.argv[2], "<f4").reshape(-1, batch, 3, SIDE, SIDE))
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


losses, seconds = [], []
for one in images:
    begin = time.process_time()
    losses.append(step(one))
    seconds.append(time.process_time() - begin)
print(json.dumps({"losses": losses, "seconds": seconds}))
