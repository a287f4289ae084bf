"""One case of Rca.Bench in Python's torch: step.py CASE THREADS prints the median seconds of a step."""
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, dilation):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn1(self.conv1(x)).relu_()
        return (self.bn2(self.conv2(y)) + self.downsample(x)).relu_()


class Net(nn.Module):
    """ResNet-18 of half width at output stride 8 and a 1x1 classifier: the network of the plain method."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(32)
        blocks = [(32, 32, 1, 1), (32, 32, 1, 1), (32, 64, 2, 1), (64, 64, 1, 1), (64, 128, 1, 1), (128, 128, 1, 2), (128, 256, 1, 2), (256, 256, 1, 4)]
        self.blocks = nn.Sequential(*[Block(*block) for block in blocks])
        self.head1 = nn.Conv2d(256, 20, 1)

    def forward(self, x):
        x = F.max_pool2d(self.bn1(self.conv1(x)).relu_(), 3, 2, 1)
        return self.head1(self.blocks(x))


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
    rule = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)

    def step():
        rule.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
            maps = net(images)
        loss = F.binary_cross_entropy_with_logits(maps.float().mean((2, 3)), tags)
        loss.backward()
        rule.step()

    return median_of(3, 9, step)


torch.set_num_threads(int(sys.argv[2]))
print({"add": add, "fp32": lambda: train(False), "bf16": lambda: train(True)}[sys.argv[1]]())
