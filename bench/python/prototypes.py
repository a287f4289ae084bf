"""K-means of each class by scikit-learn (python3-sklearn, python3-torch).

python3 prototypes.py write FILE                   (20, 500, 512) vectors about 14 centres a class, none below zero, as features are
python3 prototypes.py cluster FILE STARTS SEED     seconds, processor seconds, inertia over all classes
"""
import sys
import time

import torch

if sys.argv[1] == "write":
    torch.manual_seed(1)
    centres = torch.randn(20, 14, 512)
    chosen = torch.randint(14, (20, 500)).unsqueeze(2).expand(-1, -1, 512)
    torch.save({"vectors": (centres.gather(1, chosen) + torch.randn(20, 500, 512)).relu()}, sys.argv[2])
else:
    from sklearn.cluster import KMeans

    vectors = torch.load(sys.argv[2])["vectors"].numpy()
    KMeans(10, n_init=1, random_state=0).fit(vectors[0])  # loads what loads late
    start, before = time.perf_counter(), time.process_time()
    inertia = sum(KMeans(10, n_init=int(sys.argv[3]), random_state=int(sys.argv[4])).fit(each).inertia_ for each in vectors)
    print(time.perf_counter() - start, time.process_time() - before, inertia)
