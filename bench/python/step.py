"""One case of Rca.Torch.Bench in Python's torch: step.py CASE THREADS prints the median seconds of a step."""
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        stride = 1 if inputs == outputs else 2
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, 2, bias=False) if stride == 2 else nn.Identity()

    def forward(self, x):
        y = self.bn1(self.conv1(x)).relu_()
        return (self.bn2(self.conv2(y)) + self.shortcut(x)).relu_()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        widths = [32, 32, 32, 64, 64, 128, 128, 256, 256]
        self.blocks = nn.Sequential(*[Block(i, o) for i, o in zip(widths, widths[1:])])
        self.classifier = nn.Conv2d(256, 20, 1)

    def forward(self, x):
        x = F.max_pool2d(self.bn1(self.conv1(x)).relu_(), 3, 2, 1)
        return self.classifier(self.blocks(x)).mean((2, 3))


def median_of(warm_up, count, step):
    times = []
    for _ in range(warm_up + count):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times[warm_up:])


def add():
    a, b = torch.full((4,), 1.0), torch.full((4,), 2.0)
    calls = 10_000

    def step():
        for _ in range(calls):
            a + b

    return median_of(20, 40, step) / calls


def train(bfloat16):
    torch.manual_seed(1)
    net, images, tags = Net(), torch.randn(16, 3, 160, 160), torch.full((16, 20), 0.5)
    if bfloat16:
        net, images = net.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
    rule = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-4)

    def step():
        rule.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
            loss = F.binary_cross_entropy_with_logits(net(images), tags)
        loss.backward()
        rule.step()

    return median_of(2, 7, step)


torch.set_num_threads(int(sys.argv[2]))
print({"add": add, "fp32": lambda: train(False), "bf16": lambda: train(True)}[sys.argv[1]]())
