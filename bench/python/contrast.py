"""Regions, contrast, memory and gathering of a batch by loops over pictures and classes (python3-torch).

python3 contrast.py write FILE       features, maps, tags, mixing, a full memory and prototypes
python3 contrast.py measure FILE     seconds of contrast and memory, seconds of gathering, loss, and norms of its gradient, of what is
                                     gathered and of the memory
"""
import os
import sys
import time

import torch
import torch.nn.functional as F

BATCH, CLASSES, SLOTS, CHANNELS, PROTOTYPES, SIDE, TEMPERATURE = 16, 20, 500, 512, 10, 46, 0.07


def write(path):
    torch.manual_seed(1)
    tags = torch.zeros(BATCH, CLASSES)
    for picture in range(BATCH):
        tags[picture, torch.randperm(CLASSES)[: 1 + picture % 3]] = 1
    pictures, classes = tags.nonzero(as_tuple=True)
    count = len(pictures)
    others = [[q for q in range(count) if pictures[q] != pictures[r] and classes[q] != classes[r]] for r in range(count)]
    torch.save({
        "features": torch.randn(BATCH, CHANNELS, SIDE, SIDE).relu(),
        "projected": torch.randn(BATCH, CHANNELS, SIDE, SIDE),
        "maps": torch.randn(BATCH, CLASSES, SIDE, SIDE),
        "tags": tags,
        "partners": torch.tensor([q[torch.randint(len(q), ())] for q in others]),
        "weights": torch.rand(count),
        "prototypes": torch.randn(CLASSES, PROTOTYPES, CHANNELS).relu(),
        "memory.vectors": torch.randn(CLASSES * SLOTS, CHANNELS).relu(),
        "memory.keys": torch.randn(CLASSES * SLOTS, CHANNELS),
        "memory.owners": torch.arange(CLASSES * SLOTS, dtype=torch.int32).reshape(CLASSES, SLOTS),
        "memory.arrivals": torch.arange(CLASSES * SLOTS).reshape(CLASSES, SLOTS),
    }, path)


def contrast(inputs, projected, memory, keys):
    """The loss of section 3.2, region by region; takes the regions into the memory."""
    maps, features = inputs["maps"], inputs["features"]
    vectors, queries = [], []
    for picture in range(BATCH):
        for label in range(CLASSES):
            if inputs["tags"][picture, label] > 0:
                mask = (maps[picture, label] > maps[picture, label].mean()).float()
                vectors.append((picture, label, (features[picture] * mask).sum((1, 2)) / mask.sum()))
                queries.append((projected[picture] * mask).sum((1, 2)) / mask.sum())
    bank = [F.normalize(keys[label], dim=1) for label in range(CLASSES)]

    def error(mixed, label):
        positive = bank[label] @ mixed / TEMPERATURE
        negative = torch.cat([bank[other] @ mixed / TEMPERATURE for other in range(CLASSES) if other != label])
        return F.softplus(negative.logsumexp(0) - positive).mean()

    terms = {}
    for region, (picture, label, _) in enumerate(vectors):
        partner, w = int(inputs["partners"][region]), inputs["weights"][region]
        mixed = F.normalize(w * queries[region] + (1 - w) * queries[partner], dim=0)
        terms.setdefault(picture, []).append(w * error(mixed, label) + (1 - w) * error(mixed, vectors[partner][1]))
    loss = sum(sum(of) / len(of) for of in terms.values()) / len(terms)
    loss.backward()
    oldest = [0] * CLASSES
    with torch.no_grad():
        for (_, label, vector), query in zip(vectors, queries):
            memory[label][oldest[label]], keys[label][oldest[label]] = vector, query
            oldest[label] += 1
    return loss.item()


def gather(features, prototypes):
    """F' of section 3.3, picture by picture."""
    flat = prototypes.reshape(-1, CHANNELS)
    with torch.no_grad():
        pictures = [picture.flatten(1).T for picture in features]
        return torch.stack([((each @ flat.T / CHANNELS**0.5).softmax(1) @ flat).T.reshape(CHANNELS, SIDE, SIDE) for each in pictures])


def measure(path):
    inputs = torch.load(path)
    projected = inputs["projected"].requires_grad_()
    memory, keys = (inputs[f"memory.{name}"].reshape(CLASSES, SLOTS, CHANNELS) for name in ("vectors", "keys"))
    contrast(inputs, projected, memory.clone(), keys.clone())  # warms up
    projected.grad = None
    start = time.perf_counter()
    loss = contrast(inputs, projected, memory, keys)
    middle = time.perf_counter()
    gathered = gather(inputs["features"], inputs["prototypes"])
    end = time.perf_counter()
    print(middle - start, end - middle, loss, *[tensor.double().norm().item() for tensor in (projected.grad, gathered, memory)])


torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
write(sys.argv[2]) if sys.argv[1] == "write" else measure(sys.argv[2])
