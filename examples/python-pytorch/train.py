"""Tells drawn circles from drawn squares with a small network. The four lines that hpo needs end with `# hpo`."""

import argparse
import json, os  # hpo

import torch
from torch import nn


def draw(count, seed):
    """Noisy 16 x 16 pictures of outlines; label 1 is a circle, label 0 a square."""
    random = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 2, (count,), generator=random)
    centre = 5.5 + 4 * torch.rand(count, 2, 1, 1, generator=random)
    radius = 3 + 3 * torch.rand(count, 1, 1, generator=random)
    grid = torch.arange(16.0)
    x, y = (grid.view(1, 1, 16) - centre[:, 0]).abs(), (grid.view(1, 16, 1) - centre[:, 1]).abs()
    distance = torch.where(labels.view(-1, 1, 1) == 1, (x**2 + y**2).sqrt(), torch.maximum(x, y))
    pictures = ((distance - radius).abs() < 0.7).float()
    return (pictures + 0.3 * torch.randn(count, 16, 16, generator=random)).unsqueeze(1), labels


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--optimizer", choices=["sgd", "adam"], default="sgd")
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()

    torch.manual_seed(int(os.environ.get("HPO_SEED", 0)))  # hpo
    torch.set_num_threads(1)
    images, labels = draw(512, seed=1)
    unseen, answers = draw(256, seed=2)
    width = options.width
    model = nn.Sequential(
        nn.Conv2d(1, width, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(width, 2 * width, 3), nn.ReLU(),
        nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8 * width, 2),
    )
    if options.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=options.lr, momentum=options.momentum)

    for epoch in range(1, options.epochs + 1):
        for batch in torch.randperm(len(images)).split(32):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            accuracy = (model(unseen).argmax(1) == answers).float().mean().item()
        print(f"epoch {epoch}: loss {loss.item():.3f}, accuracy {accuracy:.3f}")
        print(json.dumps({"epoch": epoch, "metrics": {"accuracy": accuracy, "loss": loss.item()}}), flush=True)  # hpo
    torch.save(model.state_dict(), os.path.join(os.environ.get("HPO_DIRECTORY", "."), "model.pt"))  # hpo


if __name__ == "__main__":
    main()
