"""Writes operators.safetensors and training.safetensors: inputs and results of Python's torch.

Run it with torch 1.13 in this folder: python3 make_golden.py
"""
import json
import struct

import torch
import torch.nn.functional as F
from torch import nn

TYPES = {
    torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
    torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}


def raw(tensor):
    flat = tensor.detach().contiguous().reshape(-1)
    if flat.dtype == torch.bfloat16:
        flat = flat.view(torch.int16)
    return flat.numpy().tobytes()


def write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        block = raw(tensor)
        header[name] = {"dtype": TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(block)]}
        data += block
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def operators():
    torch.manual_seed(1)
    t = {}
    x = t["x"] = torch.randn(2, 3, 9, 7)
    w, b = t["conv.weight"], t["conv.bias"] = torch.randn(4, 3, 3, 3), torch.randn(4)
    t["conv.plain"] = F.conv2d(x, w)
    t["conv.bias_stride"] = F.conv2d(x, w, b, stride=2, padding=1)
    t["conv.dilation"] = F.conv2d(x, w, b, padding=2, dilation=2)

    scale, shift = t["bn.weight"], t["bn.bias"] = torch.randn(3), torch.randn(3)
    mean, var = t["bn.mean"], t["bn.var"] = torch.randn(3), torch.rand(3) + 0.5
    t["bn.eval"] = F.batch_norm(x, mean, var, scale, shift, False, 0.1, 1e-5)
    t["bn.mean_after"], t["bn.var_after"] = mean.clone(), var.clone()
    t["bn.train"] = F.batch_norm(x, t["bn.mean_after"], t["bn.var_after"], scale, shift, True, 0.1, 1e-5)

    t["pool"] = F.max_pool2d(x, 3, 2, 1)
    t["resize.up"] = F.interpolate(x, (13, 20), mode="bilinear", align_corners=False)
    t["resize.down"] = F.interpolate(x, (4, 3), mode="bilinear", align_corners=False)
    t["softmax"] = x.softmax(1)
    t["logsumexp"] = (40 * x).logsumexp(1)
    t["normalize"] = F.normalize(x, dim=1)

    target = t["target"] = torch.randint(0, 3, (2, 9, 7))
    target[:, 2:4] = 255
    t["cross_entropy"] = F.cross_entropy(x, target, ignore_index=255)
    scores, tags = t["scores"], t["tags"] = 3 * torch.randn(4, 5), (torch.rand(4, 5) > 0.6).float()
    t["soft_margin"] = nn.MultiLabelSoftMarginLoss()(scores, tags)

    index = t["index"] = torch.tensor([4, 0, 4, 8])
    t["index_select"] = x.index_select(2, index)
    t["index_copy"] = x.clone().index_copy_(2, index[1:], t["index_select"][:, :, 1:])
    gather = t["gather.index"] = torch.randint(0, 3, (2, 1, 9, 7))
    t["gather"] = x.gather(1, gather)
    t["argmax"], t["argmin"] = x.argmax(1), x.argmin(1)

    for i, dtype in enumerate(TYPES):
        t[f"type.{TYPES[dtype]}"] = (torch.arange(6).reshape(2, 3) % 2 if dtype == torch.bool else torch.arange(6).reshape(2, 3)).to(dtype)
    t["empty"], t["scalar"] = torch.zeros(0, 3), torch.tensor(2.5)
    return t


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, 3, padding=2, dilation=2, bias=False)
        self.bn1 = nn.BatchNorm2d(4)

    def forward(self, x):
        return F.relu(self.bn1(self.conv1(x)) + x)


class Net(nn.Module):
    """The same as TinyNet in the tests."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(Block())
        self.head = nn.Conv2d(4, 3, 1)

    def forward(self, x):
        return self.head(self.layer1(F.relu(self.bn1(self.conv1(x)))))


def state(net, prefix):
    return {f"{prefix}.{k}": v.detach().clone() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}


def training():
    torch.manual_seed(2)
    start = Net()
    images, labels = torch.randn(4, 3, 12, 10), torch.randint(0, 3, (4, 6, 5))
    labels[0, :2] = 255
    t = {"images": images, "labels": labels, **state(start, "start")}

    def groups(net):
        head = list(net.head.parameters())
        body = [p for n, p in net.named_parameters() if not n.startswith("head")]
        return [{"params": body, "lr": 0.05, "weight_decay": 0.01}, {"params": head, "lr": 0.5, "weight_decay": 0.0}]

    makers = {
        "nesterov": lambda g: torch.optim.SGD(g, lr=0, momentum=0.9, nesterov=True),
        "sgd": lambda g: torch.optim.SGD(g, lr=0, momentum=0.9),
        "adamw": lambda g: torch.optim.AdamW(g),
    }
    for name, make in makers.items():
        net = Net()
        net.load_state_dict(start.state_dict())
        optimizer = make(groups(net))
        losses = []
        for step in range(5):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images), labels, ignore_index=255)
            loss.backward()
            if name == "sgd" and step == 0:
                t.update({f"gradient.{k}": p.grad.clone() for k, p in net.named_parameters()})
            optimizer.step()
            losses.append(loss.detach())
        t[f"{name}.losses"] = torch.stack(losses)
        t.update(state(net, name))
    return t


if __name__ == "__main__":
    torch.set_num_threads(1)  # another number sums in another order
    note = {"writer": "make_golden.py", "torch": torch.__version__}
    write("operators.safetensors", operators(), note)
    write("training.safetensors", training(), note)
