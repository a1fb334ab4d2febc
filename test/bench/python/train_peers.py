"""
Fit times of scikit-learn and XGBoost for the cases of `npm run bench -- train`, under the same names and at the same settings.

Writes train-peers.json: {"versions", "machine", "timer", "cases": {NAME: {PEER: {"ms", "medianMs", "rounds", "score"}}}}. One
thread. `ms` is the least, `medianMs` the median CPU time of the rounds behind a warm-up: on an idle machine that is the time that
passes, and on a busy one it is kinder to the peers. Sets are prepared before the clock runs. `score` is that on the training rows
(accuracy, R2; k-means: minus the inertia), and says that the peer learnt. `python train_peers.py TEXT` renews the cases whose names
hold TEXT.
"""
import json
import os
import pathlib
import platform
import statistics
import sys
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from synthetic import synthetic
from tables import load, versions

warnings.filterwarnings("ignore")  # MLPs stop after the epochs that they are given, converged or not.

OUT = pathlib.Path(__file__).resolve().parent / "train-peers.json"
ROUNDS = 5
CASE_S_MAX = 60


def dense(name):
    """Standard scores; columns that say nothing left out, as in our dense view."""
    x, y = load(name)
    return StandardScaler().fit_transform(x[:, x.std(axis=0) > 0]), y


def tree(name):
    x, y = load(name)
    return x.astype(np.float32), y


def digits28():
    """Each sample of the digits three times as wide and high within a border of two, in [0, 1]: 28 x 28."""
    x, y = load("digits")
    place = (np.arange(28) + 1) // 3 - 1
    inside = (place >= 0) & (place < 8)
    images = np.zeros((len(x), 28, 28), np.float32)
    images[np.ix_(np.arange(len(x)), inside, inside)] = x.reshape(-1, 8, 8)[:, place[inside]][:, :, place[inside]] / 16
    return images.reshape(len(x), -1), y


def mlp(values, *hidden, batch, epochs):
    """Adam at .001, no decay, as many epochs as are asked for."""
    kind = MLPRegressor if values else MLPClassifier
    return kind(
        hidden_layer_sizes=hidden, alpha=0, batch_size=batch, max_iter=epochs, learning_rate_init=0.001, n_iter_no_change=10**6, random_state=0
    )


def xgboost(values):
    kind = XGBRegressor if values else XGBClassifier
    return kind(
        n_estimators=100, max_depth=6, learning_rate=0.1, reg_lambda=1, max_bin=256, tree_method="hist", n_jobs=1, random_state=0
    )


def hist(values):
    kind = HistGradientBoostingRegressor if values else HistGradientBoostingClassifier
    return kind(
        max_iter=100, max_leaf_nodes=31, min_samples_leaf=20, learning_rate=0.1, early_stopping=False, random_state=0
    )


def synthetic_classes():
    x, _, labels = synthetic()
    return x, labels


def synthetic_values():
    x, values, _ = synthetic()
    return x, values


# The grid of our alpha "gcv" (ml/trainers/linear/ridge-grid.ts).
GRID = [1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1e3, 3e3, 1e4, 3e4, 1e5]

SKLEARN, XGBOOST = "scikit-learn", "XGBoost"
CASES = [
    ("ridge concrete", lambda: dense("concrete"), SKLEARN, lambda: Ridge(alpha=1)),
    ("ridge concrete gcv", lambda: dense("concrete"), SKLEARN, lambda: RidgeCV(alphas=GRID)),
    ("logistic breast_cancer", lambda: dense("breast_cancer"), SKLEARN, lambda: LogisticRegression(C=1, max_iter=10_000)),
    ("logistic digits", lambda: dense("digits"), SKLEARN, lambda: LogisticRegression(C=1, max_iter=10_000)),
    ("kmeans digits", lambda: dense("digits"), SKLEARN, lambda: KMeans(n_clusters=10, n_init=4, random_state=0)),
    ("extraTrees digits", lambda: tree("digits"), SKLEARN, lambda: ExtraTreesClassifier(n_jobs=1, random_state=0)),
    ("extraTrees concrete", lambda: tree("concrete"), SKLEARN, lambda: ExtraTreesRegressor(n_jobs=1, random_state=0)),
    ("randomForest digits", lambda: tree("digits"), SKLEARN, lambda: RandomForestClassifier(n_jobs=1, random_state=0)),
    ("randomForest concrete", lambda: tree("concrete"), SKLEARN, lambda: RandomForestRegressor(n_jobs=1, random_state=0)),
    ("boost digits depth 6", lambda: tree("digits"), XGBOOST, lambda: xgboost(False)),
    ("boost concrete depth 6", lambda: tree("concrete"), XGBOOST, lambda: xgboost(True)),
    ("boost synthetic depth 6", synthetic_classes, XGBOOST, lambda: xgboost(False)),
    ("boost synthetic-values depth 6", synthetic_values, XGBOOST, lambda: xgboost(True)),
    ("boost digits 31 leaves", lambda: tree("digits"), SKLEARN, lambda: hist(False)),
    ("boost concrete 31 leaves", lambda: tree("concrete"), SKLEARN, lambda: hist(True)),
    ("boost synthetic 31 leaves", synthetic_classes, SKLEARN, lambda: hist(False)),
    ("boost synthetic-values 31 leaves", synthetic_values, SKLEARN, lambda: hist(True)),
    ("mlp digits", lambda: dense("digits"), SKLEARN, lambda: mlp(False, 128, batch=64, epochs=20)),
    ("mlp concrete", lambda: dense("concrete"), SKLEARN, lambda: mlp(True, 64, 64, batch=32, epochs=20)),
    ("mlp digits28", digits28, SKLEARN, lambda: mlp(False, 256, 256, batch=128, epochs=5)),
]


def measure(x, y, make):
    """One fit to warm up, then up to ROUNDS that fit into CASE_S_MAX, at least one."""
    make().fit(x, y)
    times = []
    while len(times) == 0 or (len(times) < ROUNDS and sum(times) < CASE_S_MAX):
        model = make()
        start = time.process_time()
        model.fit(x, y)
        times.append(time.process_time() - start)
    return {
        "ms": round(1000 * min(times), 2),
        "medianMs": round(1000 * statistics.median(times), 2),
        "rounds": len(times),
        "score": round(float(model.score(x, y)), 6),
    }


def processor():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines() if os.path.exists("/proc/cpuinfo") else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main():
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    cases = json.loads(OUT.read_text())["cases"] if only and OUT.exists() else {}
    for name, data, peer, make in CASES:
        if only not in name:
            continue
        cases[name] = {peer: measure(*data(), make)}
        print(f"{name:34} {peer:13} {cases[name][peer]}", flush=True)
        result = {"versions": versions(), "machine": processor(), "timer": "CPU time, one thread", "cases": cases}
        OUT.write_text(json.dumps(result, indent=1) + "\n")


main()
