"""Training pictures by torchvision's transforms and torch's loader with two workers (python3-torchvision, python3-pil).

python3 input.py jpeg FOLDER               a JPEG beside each PNG, as cameras and data sets have them (4:2:0), and a square one
python3 input.py check FOLDER OUTPUT       the square picture and its mirror image at 368, normalised, as float32 3 x H x W
python3 input.py epoch FOLDER JITTER HUE   seconds and processor seconds (workers included) of a second epoch
"""
import os
import pathlib
import random
import sys
import time

import torch
import torchvision.transforms as T
import torchvision.transforms.functional as F
from PIL import Image

SIZE, MEAN, DEVIATION = 368, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
folder = pathlib.Path(sys.argv[2])


def resize(image):
    """The longer side becomes 320 to 640 pixels."""
    factor = random.uniform(320, 640) / max(image.size)
    return F.resize(image, [max(1, round(side * factor)) for side in reversed(image.size)])


class Pictures(torch.utils.data.Dataset):
    def __init__(self, jitter, hue):
        self.paths = sorted(path for path in folder.glob("*.jpg") if path.stem != "square")
        colours = [T.ColorJitter(jitter, jitter, jitter, hue)] if jitter > 0 else []
        crop = T.RandomCrop(SIZE, pad_if_needed=True, fill=(124, 116, 104))
        self.transform = T.Compose([resize, crop, T.RandomHorizontalFlip(), *colours, T.ToTensor(), T.Normalize(MEAN, DEVIATION)])

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        return self.transform(Image.open(self.paths[i]).convert("RGB"))


def processor_seconds(workers):
    """Of this process and its workers, from the 12th and 13th field behind the name."""
    ticks = sum(sum(map(int, pathlib.Path(f"/proc/{worker.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13])) for worker in workers)
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def epoch(loader):
    for batch in loader:
        assert batch.shape[1:] == (3, SIZE, SIZE)


if sys.argv[1] == "jpeg":
    for path in folder.glob("*.png"):
        image = Image.open(path)
        image.save(path.with_suffix(".jpg"), quality=90)
    image.crop((0, 0, 300, 300)).save(folder / "square.jpg", quality=90)
elif sys.argv[1] == "check":
    square = T.Compose([T.Resize((SIZE, SIZE)), T.ToTensor(), T.Normalize(MEAN, DEVIATION)])(Image.open(folder / "square.jpg").convert("RGB"))
    pathlib.Path(sys.argv[3]).write_bytes(torch.stack([square, square.flip(2)]).numpy().tobytes())
else:
    torch.set_num_threads(1)
    pictures = Pictures(float(sys.argv[3]), float(sys.argv[4]))
    loader = torch.utils.data.DataLoader(pictures, batch_size=16, shuffle=True, num_workers=2, persistent_workers=True)
    epoch(loader)
    workers = loader._iterator._workers
    start, before = time.perf_counter(), processor_seconds(workers)
    epoch(loader)
    print(time.perf_counter() - start, processor_seconds(workers) - before)
