"""Makes released_checkpoint.{zip,legacy}.pth: a checkpoint with the names and the nesting of the public RCA code, for two classes and an
eighth of its width. All weights are pieces of one storage, so that the files are small.  make_checkpoint.py FOLDER"""
import collections
import sys

import torch

CLASSES, CHANNELS, PROTOTYPES = 2, 64, 2
FEATURES = [(0, 3, 16), (2, 16, 16), (5, 16, 16), (7, 16, 16), (10, 16, 32), (12, 32, 32), (14, 32, 32),
            (17, 32, 64), (19, 64, 64), (21, 64, 64), (24, 64, 64), (26, 64, 64), (28, 64, 64)]
torch.manual_seed(0)
numbers = torch.randn(CHANNELS * CHANNELS * 9) * 0.05
state = collections.OrderedDict()


def add(name, *shape):
    state["module." + name] = numbers[:torch.Size(shape).numel()].view(shape)


def layer(name, *shape):
    add(name + ".weight", *shape)
    add(name + ".bias", shape[0])


for index, inputs, outputs in FEATURES:
    layer(f"features.{index}", outputs, inputs, 3, 3)
for head, outputs in [("", CLASSES)] + [(str(c), 1) for c in range(CLASSES)]:
    for index in (0, 2, 4):
        layer(f"extra_convs{head}.{index}", CHANNELS, CHANNELS, 3, 3)
    layer(f"extra_convs{head}.6", outputs, CHANNELS, 1, 1)
layer("extra_F.0", CHANNELS, CHANNELS, 3, 3)
layer("extra_F.3", CHANNELS, CHANNELS, 3, 3)
layer("extra_F.1", CHANNELS)
state["module.extra_F.1.running_mean"] = torch.zeros(CHANNELS)
state["module.extra_F.1.running_var"] = torch.ones(CHANNELS)
state["module.extra_F.1.num_batches_tracked"] = torch.tensor(7)
layer("Q", CHANNELS, CHANNELS, 1, 1)
layer("K", CHANNELS, CHANNELS)
layer("V", CHANNELS, CHANNELS)
layer("aggre", CHANNELS, CHANNELS, 1, 1)
layer("concat_project", CHANNELS, 2 * CHANNELS, 1, 1)
for c in range(CLASSES):
    add(f"queue{c}", 5, CHANNELS)
    state[f"module.queue_ptr{c}"] = torch.zeros(1, dtype=torch.long)
    add(f"cluter{c}", PROTOTYPES, CHANNELS)

weight = torch.nn.Parameter(torch.ones(3))
optimizer = torch.optim.SGD([weight], lr=1e-3, momentum=0.9, nesterov=True)
weight.sum().backward()
optimizer.step()
checkpoint = {"epoch": 29, "state_dict": state, "optimizer": optimizer.state_dict(), "best": 0.5}
torch.save(checkpoint, f"{sys.argv[1]}/released_checkpoint.zip.pth")
torch.save(checkpoint, f"{sys.argv[1]}/released_checkpoint.legacy.pth", _use_new_zipfile_serialization=False)
