"""VGG16 as this field runs it, in Python's torch: vgg.py KIND BATCH DEVICE PRECISION STEPS.

paper    the paper's step, written plainly: linear heads, one product with the memory, a softmax over prototypes
public   the step as public code makes it: a branch of four convolutions for each of 20 classes, loops over pictures, classes and memories
label    what the network makes of a picture of 500x375 at four scales, mirrored too

DEVICE is cpu or cuda, PRECISION fp32 or bf16. After a first step, makes STEPS more for each line of its input, and answers with the seconds
a picture, the same as processor time, and the peak of resident memory in MiB so far. Before these it prints the number of weights.
"""
import pathlib
import re
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

CLASSES, SLOTS, PROTOTYPES, SIZE, DEPTH = 20, 500, 10, 368, 512
kind, batch, device, bfloat16, steps = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4] == "bf16", int(sys.argv[5])
layout = torch.channels_last if bfloat16 else torch.contiguous_format


def precision():
    return torch.autocast(device, dtype=torch.bfloat16, enabled=bfloat16)


class Vgg(nn.Sequential):
    def __init__(self):
        layers, inputs = [], 3
        for stage, (outputs, count) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]):
            dilation = 2 if stage == 4 else 1
            for _ in range(count):
                layers += [nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation), nn.ReLU(inplace=True)]
                inputs = outputs
            if stage < 3:
                layers.append(nn.MaxPool2d(2, 2, ceil_mode=True))
            elif stage == 3:
                layers.append(nn.MaxPool2d(3, 1, 1))
        super().__init__(*layers)


def stack(outputs):
    hidden = [part for _ in range(3) for part in (nn.Conv2d(DEPTH, DEPTH, 3, padding=1), nn.ReLU(inplace=True))]
    return nn.Sequential(*hidden, nn.Conv2d(DEPTH, outputs, 1))


def projection():
    return nn.Sequential(nn.Conv2d(DEPTH, DEPTH, 3, padding=1, bias=False), nn.BatchNorm2d(DEPTH), nn.ReLU(inplace=True), nn.Conv2d(DEPTH, DEPTH, 3, padding=1))


class Paper(nn.Module):
    def __init__(self):
        super().__init__()
        self.features, self.head1, self.project, self.head2 = Vgg(), nn.Conv2d(DEPTH, CLASSES, 1), projection(), nn.Conv2d(2 * DEPTH, CLASSES, 1)
        self.register_buffer("memory", torch.randn(CLASSES, SLOTS, DEPTH))
        self.register_buffer("keys", torch.randn(CLASSES, SLOTS, DEPTH))
        self.register_buffer("prototypes", torch.randn(CLASSES * PROTOTYPES, DEPTH))

    def maps(self, x):
        f = self.features(x)
        similarity = F.conv2d(f, self.prototypes[:, :, None, None]).softmax(1)
        gathered = F.conv2d(similarity, self.prototypes.t()[:, :, None, None])
        return f, self.head1(f), self.head2(torch.cat([f, gathered], 1))

    def loss(self, x, tags):
        with precision():
            f, p, o = self.maps(x)
            g = self.project(f)
        f, p, o, g = f.float(), p.float(), o.float(), g.float()
        y = torch.zeros(len(tags), CLASSES)
        for i, classes in enumerate(tags):
            y[i, classes] = 1
        y = y.to(device)
        masks = (p.detach() > p.detach().mean((2, 3), keepdim=True)).float()
        rows = [(i, l) for i, classes in enumerate(tags) for l in classes]
        pictures, labels = torch.tensor([i for i, _ in rows], device=device), torch.tensor([l for _, l in rows], device=device)
        m = masks[pictures, labels].flatten(1)
        pool = lambda t: torch.einsum("rn,rdn->rd", m, t.flatten(2)[pictures]) / m.sum(1, keepdim=True).clamp_min(1)
        queries, vectors, partners = pool(g), pool(f.detach()), torch.arange(len(rows), device=device).flip(0)
        mixed = F.normalize(0.4 * queries + 0.6 * queries[partners], dim=1)
        logits = mixed @ F.normalize(self.keys.flatten(0, 1), dim=1).t() / 0.07
        owner = torch.arange(CLASSES, device=device).repeat_interleave(SLOTS)

        def nce(classes):
            positive = classes[:, None] == owner[None]
            negative = logits.masked_fill(positive, -1e9).logsumexp(1, keepdim=True)
            return (F.softplus(negative - logits) * positive).sum(1) / SLOTS

        contrast = (0.4 * nce(labels) + 0.6 * nce(labels[partners])).mean()
        with torch.no_grad():
            self.memory[labels, 0] = 0.99 * self.memory[labels, 0] + 0.01 * vectors
            self.keys[labels, 0] = 0.99 * self.keys[labels, 0] + 0.01 * queries
        margin = F.multilabel_soft_margin_loss
        return margin(o.mean((2, 3)), y) + 0.4 * margin(p.mean((2, 3)), y) + 0.01 * contrast


class Public(nn.Module):
    def __init__(self):
        super().__init__()
        self.features, self.head, self.branches, self.project = Vgg(), stack(CLASSES), nn.ModuleList(stack(1) for _ in range(CLASSES)), projection()
        self.q, self.k, self.v = nn.Conv2d(DEPTH, DEPTH, 1), nn.Linear(DEPTH, DEPTH), nn.Linear(DEPTH, DEPTH)
        self.gathered, self.fuse = nn.Conv2d(DEPTH, DEPTH, 1), nn.Conv2d(2 * DEPTH, DEPTH, 1)
        self.memory = [torch.randn(SLOTS, DEPTH, device=device) for _ in range(CLASSES)]
        self.pointer = [0] * CLASSES
        self.register_buffer("prototypes", torch.randn(CLASSES * PROTOTYPES, DEPTH) * 0.1)

    def loss(self, x, tags):
        with precision():
            f = self.features(x)
            p = self.head(f)
            queries = self.q(f).flatten(2).transpose(1, 2)
            similarity = queries @ self.k(self.prototypes).t() / PROTOTYPES * CLASSES
            gathered = self.gathered((similarity @ self.v(self.prototypes)).transpose(1, 2).reshape(f.shape))
            fused = self.fuse(torch.cat([f, gathered], 1))
            o = torch.cat([branch(fused) for branch in self.branches], 1)
            g = self.project(f)
        f, p, o, g = f.float(), p.float(), o.float(), g.float()
        y = torch.zeros(len(tags), CLASSES)
        for i, classes in enumerate(tags):
            y[i, classes] = 1
        y = y.to(device)
        score, spread = o.mean((2, 3)), p.detach().softmax(1)
        region = {}
        for i, classes in enumerate(tags):
            for l in classes:
                mask = (spread[i, l] > spread[i, l].mean()).float()
                region[i, l] = (g[i] * mask).sum((1, 2)) / mask.sum().clamp_min(1)
                if score[i, l].sigmoid() > 0.7:
                    vector, slot = (f[i].detach() * mask).sum((1, 2)) / mask.sum().clamp_min(1), self.pointer[l]
                    self.memory[l][slot] = 0.99 * self.memory[l][slot] + 0.01 * vector
                    self.pointer[l] = (slot + 1) % SLOTS
        banks = [F.normalize(bank, dim=1) for bank in self.memory]

        def nce(vector, l):
            similar = [bank @ F.normalize(vector, dim=0) / 0.07 for bank in banks]
            negative = torch.logsumexp(torch.cat([s for c, s in enumerate(similar) if c != l]), 0)
            return F.softplus(negative - similar[l]).mean()

        contrast = 0
        for i, classes in enumerate(tags):
            j = len(tags) - 1 - i
            other = tags[j][-1]
            for l in classes:
                mixed = 0.4 * region[i, l] + 0.6 * region[j, other]
                contrast = contrast + (0.4 * nce(mixed, l) + 0.6 * nce(mixed, other)) / len(classes)
        margin = F.multilabel_soft_margin_loss
        return margin(score, y) + 0.4 * margin(p.mean((2, 3)), y) + 0.01 * contrast


def train(model, batch):
    x, tags = torch.randn(batch, 3, SIZE, SIZE).to(device, memory_format=layout), [[i % CLASSES, (i + 7) % CLASSES] if i % 2 else [i % CLASSES] for i in range(batch)]
    rule = torch.optim.SGD(model.parameters(), 1e-4, momentum=0.9, weight_decay=5e-4, nesterov=True)

    def step():
        for _ in range(steps):
            rule.zero_grad(set_to_none=True)
            loss = model.loss(x, tags)
            loss.backward()
            rule.step()
        return loss.item()

    return step


def label(model):
    x = torch.randn(1, 3, 375, 500).to(device, memory_format=layout)

    def picture():
        total = 0
        with torch.no_grad(), precision():
            for scale in (0.5, 1, 1.5, 2):
                y = F.interpolate(x, size=(round(276 * scale), round(368 * scale)), mode="bilinear", align_corners=False)
                for mirrored in (False, True):
                    maps = model.maps(y.flip(3) if mirrored else y)[2][:, [3, 11]]
                    maps = F.interpolate(maps, size=(375, 500), mode="bilinear", align_corners=False)
                    total = total + F.relu(maps.flip(3) if mirrored else maps)
        (total / total.amax((2, 3), keepdim=True).clamp_min(1e-5)).cpu()

    return picture


torch.manual_seed(1)
model = (Public() if kind == "public" else Paper()).to(device, memory_format=layout)
step = label(model.eval()) if kind == "label" else train(model, batch)
step()
print(sum(p.numel() for p in model.parameters()), flush=True)
for _ in sys.stdin:
    wall, processor = time.perf_counter(), time.process_time()
    step()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = int(re.search(r"VmHWM:\s*(\d+)", pathlib.Path("/proc/self/status").read_text()).group(1)) / 1024
    print(wall / batch / steps, processor / batch / steps, peak, flush=True)
