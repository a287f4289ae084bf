"""Writes resnet18.safetensors (torchvision's names and shapes, and what a dilated ResNet-18 of torch makes of a picture) and
torchvision_resnet34.safetensors (what torchvision's ResNet-34 makes of one: shape, norm, channel means and first values).

Run with Debian's python3-torch and python3-torchvision: python3 make_golden.py
Weights and input are not stored; ReferenceWeights.cs makes the same ones.
"""
import json
import struct

import numpy as np
import torch
import torchvision

MASK = (1 << 64) - 1


def values(name, shape):
    """splitmix64 from an FNV-1a hash of the name, in -1..1."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(h) + (np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    u = (z >> np.uint64(11)).astype(np.float64) * 2.0**-53
    v = 2 * u - 1
    if name.endswith(".weight") and len(shape) > 1:
        v *= np.sqrt(6 / np.prod(shape[1:]))
    elif name.endswith(".weight"):
        v = 1 + 0.1 * v
    elif name.endswith(".bias"):
        v *= 0.05
    elif name.endswith(".running_mean"):
        v *= 0.1
    elif name.endswith(".running_var"):
        v = 1 + 0.4 * v
    elif name == "input":
        v *= 2
    return torch.from_numpy(v.astype(np.float32)).reshape(shape)


class Block(torch.nn.Module):
    def __init__(self, inputs, outputs, stride, dilation):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(outputs)
        self.conv2 = torch.nn.Conv2d(outputs, outputs, 3, 1, dilation, dilation, bias=False)
        self.bn2 = torch.nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = torch.nn.Sequential(torch.nn.Conv2d(inputs, outputs, 1, stride, bias=False), torch.nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class DilatedResNet18(torch.nn.Module):
    """Dilation as in torchvision's replace_stride_with_dilation: the first block of a stage keeps the dilation before it."""

    def __init__(self, width):
        super().__init__()
        c = [int(64 * width) << stage for stage in range(4)]
        self.conv1 = torch.nn.Conv2d(3, c[0], 7, 2, 3, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(c[0])
        self.layer1 = torch.nn.Sequential(Block(c[0], c[0], 1, 1), Block(c[0], c[0], 1, 1))
        self.layer2 = torch.nn.Sequential(Block(c[0], c[1], 2, 1), Block(c[1], c[1], 1, 1))
        self.layer3 = torch.nn.Sequential(Block(c[1], c[2], 1, 1), Block(c[2], c[2], 1, 2))
        self.layer4 = torch.nn.Sequential(Block(c[2], c[3], 1, 2), Block(c[3], c[3], 1, 4))

    def forward(self, x):
        x = torch.nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))


def kept(state):
    return {name: list(value.shape) for name, value in state.items() if not name.startswith("fc.") and not name.endswith("num_batches_tracked")}


torch.set_num_threads(1)
net = DilatedResNet18(0.25).eval()
state = net.state_dict()
for name, shape in kept(state).items():
    state[name].copy_(values(name, shape))
with torch.no_grad():
    output = net(values("input", [2, 3, 65, 71])).numpy()

def write(path, metadata, arrays):
    header, offset = {"__metadata__": metadata}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(array.tobytes() for array in arrays.values()))


write("resnet18.safetensors",
      {"torchvision_state": json.dumps(kept(torchvision.models.resnet18().state_dict())), "torch": torch.__version__}, {"output": output})
print(output.shape, float(np.abs(output).max()), float(np.linalg.norm(output)))

net = torchvision.models.resnet34().eval()
state = net.state_dict()
for name, shape in kept(state).items():
    state[name].copy_(values(name, shape))
with torch.no_grad():
    x = net.maxpool(net.relu(net.bn1(net.conv1(values("input", [2, 3, 96, 96])))))
    features = net.layer4(net.layer3(net.layer2(net.layer1(x))))
write("torchvision_resnet34.safetensors", {"source": f"torchvision {torchvision.__version__}, torch {torch.__version__}"}, {
    "layer4.shape": np.array(features.shape, np.float32),
    "layer4.norm": np.array([features.double().norm().item()], np.float32),
    "layer4.channel_mean": features.mean((0, 2, 3)).numpy(),
    "layer4.first": features.flatten()[:256].numpy(),
})
