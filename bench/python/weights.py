"""VGG16's weights as files of PyTorch, and the time that reading one takes.

python3 weights.py write FOLDER      vgg16.zip.pth and vgg16.legacy.pth, 528 MiB each, of random numbers
python3 weights.py load FILE         seconds of torch.load, with every element touched
"""
import sys
import time

import torch

LAYERS = [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256), (256, 512)] + [(512, 512)] * 5
PLACES = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]

if sys.argv[1] == "write":
    torch.manual_seed(1)
    state = {}
    for place, (inputs, outputs) in zip(PLACES, LAYERS):
        state[f"features.{place}.weight"], state[f"features.{place}.bias"] = torch.randn(outputs, inputs, 3, 3), torch.randn(outputs)
    for place, (inputs, outputs) in zip([0, 3, 6], [(25088, 4096), (4096, 4096), (4096, 1000)]):
        state[f"classifier.{place}.weight"], state[f"classifier.{place}.bias"] = torch.randn(outputs, inputs), torch.randn(outputs)
    torch.save(state, f"{sys.argv[2]}/vgg16.zip.pth")
    torch.save(state, f"{sys.argv[2]}/vgg16.legacy.pth", _use_new_zipfile_serialization=False)
else:
    start = time.perf_counter()
    state = torch.load(sys.argv[2])
    total = sum(tensor.sum().item() for tensor in state.values())
    print(time.perf_counter() - start)
