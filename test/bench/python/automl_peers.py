"""
Defaults of scikit-learn and XGBoost on the outer folds of `npm run bench -- automl`: what its search is compared with.

Reads folds.json (written by our bench: the test rows of each fold), writes automl-peers.json:
{"versions", "metric", "sets": {NAME: {MODEL: {"score", "sd", "folds"}}}}. Accuracy for classes, R2 for values; `sd` is the
population standard deviation over the folds. Nothing is tuned: constructors are called without arguments but for a seed, one
thread, and an iteration limit at which logistic regression converges. Scale-sensitive models get a StandardScaler.

`automl_peers.py FILE`: any file instead, as our reader read it (FILE.table.json, by `bench -- automl --file FILE --folds-only`); writes
FILE.peers.json. Categories become indicator columns, a missing one is a category; missing numbers are the training rows' median
for the models that take none.
"""
import json
import os
import pathlib
import sys
import warnings

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from tables import load, task_of, versions

warnings.filterwarnings("ignore")  # MLP's default 200 epochs end before it has converged: that is its default.

HERE = pathlib.Path(__file__).resolve().parent

MODELS = {
    "classes": {
        "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=10_000)),
        "extraTrees": lambda: ExtraTreesClassifier(random_state=0),
        "randomForest": lambda: RandomForestClassifier(random_state=0),
        "histGradientBoosting": lambda: HistGradientBoostingClassifier(random_state=0),
        "xgboost": lambda: XGBClassifier(random_state=0, n_jobs=1),
        "mlp": lambda: make_pipeline(StandardScaler(), MLPClassifier(random_state=0)),
    },
    "values": {
        "ridge": lambda: make_pipeline(StandardScaler(), Ridge()),
        "extraTrees": lambda: ExtraTreesRegressor(random_state=0),
        "randomForest": lambda: RandomForestRegressor(random_state=0),
        "histGradientBoosting": lambda: HistGradientBoostingRegressor(random_state=0),
        "xgboost": lambda: XGBRegressor(random_state=0, n_jobs=1),
        "mlp": lambda: make_pipeline(StandardScaler(), MLPRegressor(random_state=0)),
    },
}
SCORE = {"classes": accuracy_score, "values": r2_score}


TAKES_MISSING = {"histGradientBoosting", "xgboost"}


def with_median(model, make):
    """Medians of the training rows where a number is missing; in a column without any, 0."""
    return make() if model in TAKES_MISSING else make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), make())


def score(name, folds, x, y, task):
    out = {}
    for model, make in MODELS[task].items():
        scores = []
        for test in folds:
            train = np.setdiff1d(np.arange(len(y)), test)
            fitted = with_median(model, make).fit(x[train], y[train])
            scores.append(float(SCORE[task](y[test], fitted.predict(x[test]))))
        out[model] = {
            "score": round(float(np.mean(scores)), 6),
            "sd": round(float(np.std(scores)), 6),
            "folds": [round(value, 6) for value in scores],
        }
        print(f"{name:14} {model:21} {out[model]['score']:.4f} +- {out[model]['sd']:.4f}", flush=True)
    return out


def indicators(cells):
    return [[float(cell == kind) for cell in cells] for kind in sorted(set(cells), key=str)]


def read(path):
    """(folds, x, y, task) of FILE.table.json."""
    table = json.loads(pathlib.Path(f"{path}.table.json").read_text())
    columns = []
    for column in table["columns"]:
        cells = column["cells"]
        columns += indicators(cells) if column["kind"] == "category" else [np.array(cells, dtype=float)]
    return table["folds"], np.array(columns, dtype=float).T, np.array(table["target"]), table["task"]


def main():
    files = sys.argv[1:]
    if files:
        for file in files:
            write(pathlib.Path(f"{file}.peers.json"), {file: score(file, *read(file))})
        return
    folds = json.loads((HERE / "folds.json").read_text())["sets"]
    sets = {name: score(name, rows, *load(name), task_of(name)) for name, rows in folds.items()}
    write(HERE / "automl-peers.json", sets)


def write(path, sets):
    result = {"versions": versions(), "metric": {"classes": "accuracy", "values": "r2"}, "sets": sets}
    path.write_text(json.dumps(result, indent=1) + "\n")


main()
