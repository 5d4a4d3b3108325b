"""The test functions of bench/sampling/problems.ts, for peers written in Python: Optuna distributions and regret by name."""

import math

from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution


def cube(dimensions, low, high):
    return {f"x{i}": FloatDistribution(low, high) for i in range(dimensions)}


def hartmann6(p):
    alpha = [1, 1.2, 3, 3.2]
    a = [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
    c = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
    x = [p[f"x{i}"] for i in range(6)]
    terms = (w * math.exp(-sum(a[i][j] * (x[j] - c[i][j]) ** 2 for j in range(6))) for i, w in enumerate(alpha))
    return 3.322368011415515 - sum(terms)


def branin(p):
    x, y = p["x0"], p["x1"]
    parabola = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return parabola**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.39788735772973816


def ackley10(p):
    x = [p[f"x{i}"] for i in range(10)]
    square = sum(v * v for v in x) / 10
    wave = sum(math.cos(2 * math.pi * v) for v in x) / 10
    return -20 * math.exp(-0.2 * math.sqrt(square)) - math.exp(wave) + 20 + math.e


def rosenbrock4(p):
    x = [p[f"x{i}"] for i in range(4)]
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(3))


def finetuning(p):
    depth = p["unfreezeDepth"]
    batch = math.log2(p["batchSize"] / 16)
    rate = math.log10(p["learningRate"])
    decay = math.log10(p["l2"])
    augmentation = ["none", "flip", "standard", "strong"].index(p["augmentation"])
    best_rate = -3.2 - 0.25 * depth + 0.3 * batch
    best_dropout = [0.45, 0.35, 0.3, 0.15][augmentation]
    over = min(1, max(0, (rate - best_rate - 0.75) / 0.5))
    loss = (
        0.06 * (rate - best_rate) ** 2
        + 0.012 * (depth - 3) ** 2
        + 0.2 * (p["dropout"] - best_dropout) ** 2
        + 0.005 * (decay + 5.2) ** 2
        + 0.008 * batch**2
        + [0.03, 0.012, 0.01, 0][augmentation]
        + 0.5 * over**2
    )
    return min(0.8, loss)


def levy5(p):
    w = [1 + (p[f"x{i}"] - 1) / 4 for i in range(5)]
    wave = sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1])
    return math.sin(math.pi * w[0]) ** 2 + wave + (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)


def styblinski_tang5(p):
    x = [p[f"x{i}"] for i in range(5)]
    return sum(v**4 - 16 * v**2 + 5 * v for v in x) / 2 + 5 * 39.16616570377142


def camel(p):
    x, y = p["x0"], p["x1"]
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2 + 1.0316284534898774


# Name: (distributions, regret, standard deviation of the noisy variant's noise). Optuna's own advice for steps of one scale
# such as batch sizes is a categorical; it has no ordinal choice.
PROBLEMS = {
    "hartmann6": (cube(6, 0, 1), hartmann6, 0.1),
    "branin": ({"x0": FloatDistribution(-5, 10), "x1": FloatDistribution(0, 15)}, branin, 2),
    "ackley10": (cube(10, -32.768 * 0.6, 32.768 * 1.4), ackley10, 0.5),
    "rosenbrock4": (cube(4, -2.048 * 0.6, 2.048 * 1.4), rosenbrock4, 10),
    "finetuning": (
        {
            "learningRate": FloatDistribution(1e-5, 1e-2, log=True),
            "batchSize": CategoricalDistribution([8, 16, 32, 64]),
            "unfreezeDepth": IntDistribution(0, 4),
            "dropout": FloatDistribution(0, 0.6),
            "l2": FloatDistribution(1e-7, 1e-2, log=True),
            "augmentation": CategoricalDistribution(["none", "flip", "standard", "strong"]),
        },
        finetuning,
        0.01,
    ),
    "levy5": (cube(5, -10, 10), levy5, 2),
    "styblinskiTang5": (cube(5, -5, 5), styblinski_tang5, 5),
    "camel": ({"x0": FloatDistribution(-3, 3), "x1": FloatDistribution(-2, 2)}, camel, 0.1),
}
