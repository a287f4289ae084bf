"""Labels of photographs from their tags, as others make them (python3-torch, python3-torchvision, python3-pil, python3-numpy).

python3 photographs.py WAY DATA WEIGHTS MINUTES OUT [--seed N] [--size PIXELS]

cam     as users of the package torch-cam do it: a classifier at stride 32; the map of each tag at one scale, from its minimum to its maximum
best    as much as a script of this length holds: stride 16, random scales; maps at three scales, mirrored too, divided by their maximum and
        drawn to the borders in the picture by pixel-adaptive refinement (Araslanov and Roth, 2020)

DATA holds images/, masks/, tags.csv and classes.txt; WEIGHTS is a ResNet of basic blocks as safetensors. Trains for MINUTES, reading the
pictures included; labels the train pictures that exact-borders.txt names (without it, those with a mask) into OUT, foreground where the
largest map is above the threshold. The last line holds figures as JSON, also the mean IoU that other thresholds would have had.
"""
import argparse
import csv
import itertools
import json
import math
import pathlib
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
import torchvision.transforms as T
import torchvision.transforms.functional as TF
from PIL import Image
from torchvision.models.resnet import BasicBlock, ResNet

MEAN, DEVIATION = (123.1516 / 255, 115.9029 / 255, 103.0626 / 255), (0.229, 0.224, 0.225)
BATCH, RATE, HEAD_RATE, DECAY = 16, 1e-4, 1e-3, 0.05
SCALES, DISTANCES, ITERATIONS = (1, 1.5, 2), (1, 2, 4, 8, 12, 24), 10
THRESHOLDS = {"cam": 0.4, "best": 0.3}
OTHERS = [n / 20 for n in range(2, 15)]

parser = argparse.ArgumentParser()
parser.add_argument("way", choices=THRESHOLDS)
for name, kind in (("data", pathlib.Path), ("weights", pathlib.Path), ("minutes", float), ("out", pathlib.Path)):
    parser.add_argument(name, type=kind)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--size", type=int, default=224)
args = parser.parse_args()
cam, size, threshold, masks = args.way == "cam", args.size, THRESHOLDS[args.way], args.data / "masks"
bfloat16 = "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text()
layout = torch.channels_last if bfloat16 else torch.contiguous_format
normalise = T.Compose([T.ToTensor(), T.Normalize(MEAN, DEVIATION)])


def read(name):
    return Image.open(args.data / "images" / name).convert("RGB")


def resize(image, longer):
    return TF.resize(image, [round(side * longer / max(image.size)) for side in reversed(image.size)])


class Pictures(torch.utils.data.Dataset):
    """Pictures, decoded once, and which classes they are tagged with."""

    def __init__(self, rows, classes):
        self.pictures = [read(name) for name, _ in rows]
        self.tags = torch.tensor([[float(c in tags) for c in range(classes)] for _, tags in rows])
        scale = T.Lambda(lambda image: resize(image, random.uniform(size, 1.5 * size)))
        crop = T.RandomCrop(size, pad_if_needed=True, fill=tuple(round(255 * mean) for mean in MEAN))
        cut = [T.RandomResizedCrop(size, scale=(0.5, 1))] if cam else [scale, crop]
        self.transform = T.Compose([*cut, T.RandomHorizontalFlip(), normalise])

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, i):
        return self.transform(self.pictures[i]), self.tags[i]


def make_network(classes):
    content = args.weights.read_bytes()  # of safetensors: the length of a header, the header, numbers
    start = 8 + int.from_bytes(content[:8], "little")
    header = {name: entry for name, entry in json.loads(content[8:start]).items() if name != "__metadata__"}
    numbers = np.frombuffer(content[start:], np.float32)
    weights = {name: torch.tensor(numbers[slice(*(at // 4 for at in each["data_offsets"]))]).reshape(each["shape"]) for name, each in header.items()}
    net = ResNet(BasicBlock, [2, 2, 2, 3], num_classes=classes)
    missing, unexpected = net.load_state_dict(weights, strict=False)
    assert not unexpected and all(name.startswith("fc.") or name.endswith("num_batches_tracked") for name in missing)
    if not cam:  # stride 16; torchvision itself dilates only bottlenecks
        net.layer4[0].conv1.stride = net.layer4[0].downsample[0].stride = (1, 1)
        for conv in (conv for block in net.layer4[1:] for conv in (block.conv1, block.conv2)):
            conv.dilation = conv.padding = (2, 2)
    return net.to(memory_format=layout)


def train(net, loader, start):
    """Until the time is up, with rates along a cosine over it; how many epochs that were."""
    body = [weight for name, weight in net.named_parameters() if not name.startswith("fc.")]
    rule = torch.optim.AdamW([{"params": body, "peak": RATE}, {"params": net.fc.parameters(), "peak": HEAD_RATE}], weight_decay=DECAY)
    steps = 0
    while True:
        for images, tags in loader:
            share = (time.perf_counter() - start) / (60 * args.minutes)
            if share >= 1:
                return steps / len(loader)
            for group in rule.param_groups:
                group["lr"] = group["peak"] * min(1, share / 0.05) * (1 + math.cos(math.pi * share)) / 2
            rule.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                scores = net(images.to(memory_format=layout))
            F.multilabel_soft_margin_loss(scores.float(), tags).backward()
            rule.step()
            steps += 1


def activation(net, image, tags):
    """Maps of the tagged classes, 0 to 1: (T, H, W)."""
    body = torch.nn.Sequential(*list(net.children())[:-2])  # all but pooling and the linear layer
    maps = torch.zeros(len(tags), *reversed(image.size))
    for view in [TF.resize(image, [size, size])] if cam else [resize(image, scale * size) for scale in SCALES]:
        x = normalise(view)[None]
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            features = body((x if cam else torch.cat([x, x.flip(3)])).to(memory_format=layout))
        y = torch.einsum("bdhw,td->bthw", features.float(), net.fc.weight[tags])
        maps += F.interpolate(y[:1] + (0 if cam else y[1:].flip(3)), maps.shape[1:], mode="bilinear", align_corners=False)[0]
    maps = maps - maps.amin((1, 2), keepdim=True) if cam else maps.relu()
    return maps / maps.amax((1, 2), keepdim=True).clamp_min(1e-5)


def neighbours(x):
    """The eight around each pixel at each distance: (C, H, W), 48 times."""
    height, width = x.shape[1:]
    for d in DISTANCES:
        wide = F.pad(x[None], [d] * 4, mode="replicate")[0]
        for top, left in itertools.product((0, d, 2 * d), repeat=2):
            if (top, left) != (d, d):
                yield wide[:, top:top + height, left:left + width]


def refine(picture, maps):
    """Replaces each score by a mean of its neighbours', those of like colour first, again and again."""
    unit = 0.1 * torch.stack(list(neighbours(picture))).std(0) + 1e-4
    affinity = torch.stack([-((near - picture).abs() / unit).mean(0) for near in neighbours(picture)]).softmax(0)  # (48, H, W)
    for _ in range(ITERATIONS):
        maps = sum(weight * near for weight, near in zip(affinity, neighbours(maps)))
    return maps


def label(net, name, tags):
    """Writes the labels of a picture; the largest map, and whose it is."""
    image = read(name)
    maps = activation(net, image, tags) if tags else torch.zeros(1, *reversed(image.size))
    score, index = (maps if cam else refine(TF.to_tensor(image), maps)).max(0)
    score, labels = score.numpy(), (torch.tensor(tags or [-1])[index] + 1).numpy()
    path = (args.out / name).with_suffix(".png")
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((labels * (score > threshold)).astype(np.uint8)).save(path)
    return score, labels


def mean_iou(matrix):
    union = matrix.sum(0) + matrix.sum(1) - np.diag(matrix)
    return (np.diag(matrix)[union > 0] / union[union > 0]).mean()


torch.manual_seed(args.seed)
classes = [name.strip() for name in (args.data / "classes.txt").read_text().splitlines() if name.strip()]
with open(args.data / "tags.csv", newline="") as file:
    rows = [(row["image"], [c for c, name in enumerate(classes) if name in row["tags"].split(";")]) for row in csv.DictReader(file) if row["split"] == "train"]
exact = args.data / "exact-borders.txt"
names = exact.read_text().splitlines() if exact.exists() else [path.relative_to(masks).with_suffix("").as_posix() for path in masks.rglob("*.png")]
start = time.perf_counter()
loader = torch.utils.data.DataLoader(Pictures(rows, len(classes)), BATCH, shuffle=True, drop_last=True, num_workers=1, persistent_workers=True)
net = make_network(len(classes))
epochs = train(net, loader, start)
trained = time.perf_counter() - start
net.eval()
matrices, labelled = {t: np.zeros((len(classes) + 1,) * 2, np.int64) for t in {*OTHERS, threshold}}, 0
for name, tags in (row for row in rows if row[0].rsplit(".", 1)[0] in names):
    start = time.perf_counter()
    with torch.no_grad():
        score, labels = label(net, name, tags)
    labelled += time.perf_counter() - start
    truth = np.array(Image.open((masks / name).with_suffix(".png"))).astype(np.int64)
    for t, matrix in matrices.items():
        pairs = (len(matrix) * truth + labels * (score > t))[truth < len(matrix)]
        matrix += np.bincount(pairs, minlength=matrix.size).reshape(matrix.shape)
print(json.dumps({
    "way": args.way, "mean_iou": mean_iou(matrices[threshold]), "threshold": threshold, "epochs": round(epochs, 1), "training_seconds": trained,
    "labelling_seconds": labelled, "threads": torch.get_num_threads(), "bfloat16": bfloat16, "others": {t: round(mean_iou(matrices[t]), 4) for t in OTHERS},
}))
