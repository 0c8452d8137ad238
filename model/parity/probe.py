"""Writes the linear probe's fixture: what scikit-learn fits to features by a formula that the Java test repeats.

Needs scikit-learn (1.9.1) and numpy:
    python probe.py ../src/test/resources/dev/capstan/model/probe/probe.json
"""

import json
import math
import sys

import numpy
from sklearn.linear_model import LogisticRegression

SAMPLES, FEATURES, CLASSES = 240, 12, 4


def feature(i, j):
    noise = math.sin(12.9898 * (i * FEATURES + j) + 1) * 43758.5453
    return 0.6 * math.sin(1.7 * (i % CLASSES) + 0.9 * j) + 2 * (noise - math.floor(noise)) - 1


samples = numpy.array([[feature(i, j) for j in range(FEATURES)] for i in range(SAMPLES)], numpy.float32).astype(float)
labels = numpy.arange(SAMPLES) % CLASSES
results = []
for c in [1e-4, 1e-2, 0.316, 1.0, 31.6, 1e4]:
    fitted = LogisticRegression(C=c, tol=1e-10, max_iter=20000).fit(samples, labels)
    results.append(
        {
            "c": c,
            "accuracy": fitted.score(samples, labels),
            "probabilities": [[float("%.8g" % p) for p in row] for row in fitted.predict_proba(samples[:12])],
        }
    )
with open(sys.argv[1], "w") as file:
    json.dump(results, file, indent=0)
