"""Writes pth/*.pth and pth/*.npy: small files of Python's torch and NumPy, with pth/expected.safetensors holding what is in them.

Run it in this folder with torch 1.13 and NumPy: python3 make_pth.py
"""
import os
import struct
from collections import OrderedDict

import numpy as np
import torch

from make_golden import TYPES, write

FOLDER = "pth"
expected = {}


def save(name, value, tensors):
    torch.save(value, f"{FOLDER}/{name}.zip.pth")
    torch.save(value, f"{FOLDER}/{name}.legacy.pth", _use_new_zipfile_serialization=False)
    expected.update({f"{name}/{key}": tensor.detach() for key, tensor in tensors.items()})


def types():
    base = torch.tensor([[0, 1, 2], [3, 4, 5]])
    tensors = OrderedDict((name, (base % 2 if name == "BOOL" else base - 2 if name[0] != "U" else base).to(kind)) for kind, name in TYPES.items())
    tensors["empty"] = torch.zeros(0, 3)
    tensors["scalar"] = torch.tensor(2.5)
    save("types", tensors, tensors)


def views():
    base = torch.arange(24.0).reshape(2, 3, 4)
    weight = torch.nn.Parameter(torch.arange(16.0).reshape(2, 2, 2, 2).to(memory_format=torch.channels_last))
    tensors = {
        "base": base, "same": base, "row": base[1, 2], "transposed": base.transpose(0, 2), "every_other": base[:, :, ::2],
        "expanded": torch.tensor([7.0]).expand(3, 2), "channels_last": weight, "flipped_storage": base.permute(2, 0, 1)[1:3],
    }
    save("views", tensors, tensors)


def checkpoint():
    torch.manual_seed(3)
    net = torch.nn.DataParallel(torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2)))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(torch.randn(2, 1, 5, 5)).square().mean().backward()
    optimizer.step()
    value = {
        "epoch": 12, "best": np.float64(0.75), "arch": "tiny", "state_dict": net.state_dict(), "optimizer": optimizer.state_dict(), "nothing": None,
        "size": torch.Size([3, 4]), "pair": (torch.ones(2), [torch.zeros(1)]),
    }
    tensors = {f"state_dict.{key}": tensor for key, tensor in net.state_dict().items()}
    tensors |= {f"optimizer.state.{i}.momentum_buffer": state["momentum_buffer"] for i, state in optimizer.state_dict()["state"].items()}
    tensors |= {"pair.0": torch.ones(2), "pair.1.0": torch.zeros(1)}
    save("checkpoint", value, tensors)


def python2():
    """What Python 2 and torch before 0.4 wrote: byte strings, a dictionary made from pairs, _rebuild_tensor without hooks."""
    def text(s):
        return b"U" + bytes([len(s)]) + s.encode()

    def number(n):
        return b"K" + bytes([n])

    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("9") + text("cpu") + number(4) + b"NtQ"
    tensor = b"ctorch._utils\n_rebuild_tensor\n(" + storage + number(0) + number(2) * 2 + b"\x86" + number(2) + number(1) + b"\x86tR"
    value = b"\x80\x02ccollections\nOrderedDict\n]](" + text("features.0.weight") + tensor + b"ea\x85R."
    magic = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
    machine = b"\x80\x02}(" + text("little_endian") + b"\x88" + text("protocol_version") + b"M\xe9\x03u."
    data = magic + b"\x80\x02M\xe9\x03." + machine + value + b"\x80\x02]" + text("9") + b"a." + struct.pack("<q4f", 4, 1, 2, 3, 4)
    with open(f"{FOLDER}/python2.legacy.pth", "wb") as file:
        file.write(data)
    expected["python2/features.0.weight"] = torch.load(f"{FOLDER}/python2.legacy.pth")["features.0.weight"]


def arrays():
    base = np.arange(6).reshape(2, 3)
    for kind in ["?", "i1", "u1", "<i2", ">i2", "<u2", "<i4", "<u4", "<i8", ">i8", "<u8", "<f2", "<f4", ">f4", "<f8"]:
        np.save(f"{FOLDER}/array_{kind.replace('<', '').replace('>', 'big_').replace('?', 'bool')}.npy", base.astype(kind))
    np.save(f"{FOLDER}/array_fortran.npy", np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
    np.save(f"{FOLDER}/array_scalar.npy", np.float32(2.5))
    np.save(f"{FOLDER}/array_empty.npy", np.zeros((0, 3)))
    for version in [(2, 0), (3, 0)]:
        with open(f"{FOLDER}/array_v{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, base.astype("<f4"), version=version)
    labels = {"2007_000032": np.array([1, 0, 0, 1], np.float32), "2007_000039": np.array([0, 1, 0, 0], np.float32)}
    np.save(f"{FOLDER}/labels.npy", labels)
    np.save(f"{FOLDER}/labels_numbers.npy", {np.int32(2007000032): np.array([1, 0, 0, 1], np.int64), 9: np.array([0, 1, 0, 0], np.uint8)})
    with open(f"{FOLDER}/labels_numpy2.npy", "wb") as file:  # as NumPy 2 names its modules, in the frames of protocol 4
        import pickle
        text = pickle.dumps(np.array(labels, dtype=object), protocol=4)
        old, new = b"\x8c\x15numpy.core.multiarray", b"\x8c\x16numpy._core.multiarray"
        frame = struct.unpack("<Q", text[3:11])[0] + text.count(old)
        text = text[:3] + struct.pack("<Q", frame) + text[11:].replace(old, new)
        np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": ()})
        file.write(text)


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    types()
    views()
    checkpoint()
    python2()
    arrays()
    write(f"{FOLDER}/expected.safetensors", expected, {"writer": "make_pth.py"})
