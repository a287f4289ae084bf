"""Compares a safetensors file with the PyTorch file that it was converted from, by Python's torch.

python3 check_safetensors.py FILE.pth FILE.safetensors     exit code 0: same names, types, shapes and elements; 77: no torch here
"""
import json
import struct
import sys

try:
    import torch
except ImportError:
    sys.exit(77)

from make_golden import TYPES


def flatten(value, name=""):
    if isinstance(value, torch.Tensor):
        yield name, value.detach()
    elif isinstance(value, (dict, list, tuple)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from flatten(item, f"{name}.{key}" if name else str(key))


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    kinds = {name: kind for kind, name in TYPES.items()}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = kinds[entry["dtype"]]
        flat = torch.frombuffer(data, dtype=kind, count=(end - begin) // torch.empty(0, dtype=kind).element_size(), offset=begin) if end > begin else torch.empty(0, dtype=kind)
        yield name, flat.reshape(entry["shape"])


if __name__ == "__main__":
    expected, found = dict(flatten(torch.load(sys.argv[1], map_location="cpu"))), dict(read(sys.argv[2]))
    assert expected.keys() == found.keys(), expected.keys() ^ found.keys()
    for name, tensor in expected.items():
        assert tensor.dtype == found[name].dtype and tensor.shape == found[name].shape, name
        assert torch.equal(tensor, found[name]), name
    print(f"{len(expected)} tensors are equal")
