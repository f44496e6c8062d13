"""The training step of bench/training.ts in PyTorch: same network, loss, optimiser and batch.

usage: training_peer.py CASE    CASE is JSON: size, width, pooling (gap or flatten), batch, target, threads,
                                format (nchw or channels_last)

Prints the number of parameters, then answers each line "SECONDS" of standard input with a JSON list of the
milliseconds that each step took in that time.
"""

import json
import sys
import time

import torch
import torch.nn.functional as functional
from torch import nn

# expansion, filters, kernel, stride, squeeze-and-excite, hard-swish
SMALL = [
    (1, 16, 3, 2, True, False),
    (4.5, 24, 3, 2, False, False),
    (88 / 24, 24, 3, 1, False, False),
    (4, 40, 5, 2, True, True),
    (6, 40, 5, 1, True, True),
    (6, 40, 5, 1, True, True),
    (3, 48, 5, 1, True, True),
    (3, 48, 5, 1, True, True),
    (6, 96, 5, 2, True, True),
    (6, 96, 5, 1, True, True),
    (6, 96, 5, 1, True, True),
]
# Small without its second block of 48 and its last of 96.
TINY = SMALL[:7] + SMALL[8:10]
LARGE = [
    (1, 16, 3, 1, False, False),
    (4, 24, 3, 2, False, False),
    (3, 24, 3, 1, False, False),
    (3, 40, 5, 2, True, False),
    (3, 40, 5, 1, True, False),
    (3, 40, 5, 1, True, False),
    (6, 80, 3, 2, False, True),
    (2.5, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True),
    (6, 112, 3, 1, True, True),
    (6, 112, 3, 1, True, True),
    (6, 160, 5, 2, True, True),
    (6, 160, 5, 1, True, True),
    (6, 160, 5, 1, True, True),
]
BLOCKS = {"tiny": TINY, "small": SMALL, "large": LARGE}
LAST = {"tiny": 512, "small": 1024, "large": 1280}


def round_width(width):
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded


def activation(is_hard_swish):
    return nn.Hardswish() if is_hard_swish else nn.ReLU()


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        squeezed = round_width(channels / 4)
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.excite = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x):
        gate = self.excite(functional.relu(self.squeeze(x.mean((2, 3), keepdim=True))))
        return x * functional.hardsigmoid(gate)


class Block(nn.Module):
    def __init__(self, channels, width, expansion, filters, kernel, stride, excite, is_hard_swish):
        super().__init__()
        inner = round_width(channels * expansion)
        outer = round_width(filters * width)
        layers = []
        if expansion != 1:
            layers += [nn.Conv2d(channels, inner, 1, bias=False), nn.BatchNorm2d(inner), activation(is_hard_swish)]
        layers += [
            nn.Conv2d(inner, inner, kernel, stride, kernel // 2, groups=inner, bias=False),
            nn.BatchNorm2d(inner),
            activation(is_hard_swish),
        ]
        if excite:
            layers.append(SqueezeExcite(inner))
        layers += [nn.Conv2d(inner, outer, 1, bias=False), nn.BatchNorm2d(outer)]
        self.layers = nn.Sequential(*layers)
        self.has_shortcut = stride == 1 and channels == outer
        self.outer = outer

    def forward(self, x):
        return x + self.layers(x) if self.has_shortcut else self.layers(x)


class Student(nn.Module):
    def __init__(self, size, width, pooling, target):
        super().__init__()
        layers = [nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.Hardswish()]
        channels = 16
        for block in BLOCKS[size]:
            layers.append(Block(channels, width, *block))
            channels = layers[-1].outer
        last = round_width(channels * 6)
        layers += [nn.Conv2d(channels, last, 1, bias=False), nn.BatchNorm2d(last), nn.Hardswish()]
        if pooling == "gap":
            layers.append(nn.AdaptiveAvgPool2d(1))
        point = round_width(LAST[size] * width) if width > 1 else LAST[size]
        layers += [nn.Conv2d(last, point, 1), nn.Hardswish(), nn.Flatten()]
        positions = 1 if pooling == "gap" else 3 * 2
        layers += [nn.Linear(positions * point, 2048), nn.Linear(2048, target)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


def main():
    case = json.loads(sys.argv[1])
    torch.set_num_threads(case["threads"])
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    student = Student(case["size"], case["width"], case["pooling"], case["target"]).train()
    x = torch.randn(case["batch"], 1, 96, 64)
    y = torch.randn(case["batch"], case["target"])
    if case["format"] == "channels_last":
        student = student.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(student.parameters(), 1e-3)
    print(sum(parameter.numel() for parameter in student.parameters()), flush=True)
    for line in sys.stdin:
        times = []
        end = time.perf_counter() + float(line)
        while time.perf_counter() < end or len(times) < 3:
            start = time.perf_counter()
            optimiser.zero_grad()
            loss = functional.mse_loss(student(x), y)
            loss.backward()
            optimiser.step()
            times.append((time.perf_counter() - start) * 1e3)
        print(json.dumps(times), flush=True)


main()
