"""Mean-field inference by pydensecrf, with the parameters of our defaults (python3-numpy, pydensecrf).

python3 densecrf.py FOLDER WIDTH HEIGHT LABELS    reads picture.raw and probabilities.raw, writes marginals.raw; median
                                                  seconds and processor seconds of three
"""
import pathlib
import statistics
import sys
import time

import numpy as np
from pydensecrf.densecrf import DenseCRF2D

folder, (width, height, labels) = pathlib.Path(sys.argv[1]), map(int, sys.argv[2:5])
picture = np.fromfile(folder / "picture.raw", np.uint8).reshape(height, width, 3)
probabilities = np.fromfile(folder / "probabilities.raw", np.float32).reshape(labels, height * width)


def infer():
    crf = DenseCRF2D(width, height, labels)
    crf.setUnaryEnergy(np.ascontiguousarray(-np.log(np.clip(probabilities, 1e-5, 1))))
    crf.addPairwiseGaussian(sxy=3, compat=3)
    crf.addPairwiseBilateral(sxy=80, srgb=13, rgbim=picture, compat=10)
    return np.array(crf.inference(10))


times = []
for _ in range(4):
    start, before = time.perf_counter(), time.process_time()
    marginals = infer()
    times.append((time.perf_counter() - start, time.process_time() - before))
marginals.astype(np.float32).tofile(folder / "marginals.raw")
print(*map(statistics.median, zip(*times[1:])))
