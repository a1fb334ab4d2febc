"""The tables of data/, as the peers read them: header row, last column the target."""
import csv
import gzip
import pathlib

import numpy as np

DATA = pathlib.Path(__file__).resolve().parents[3] / "data"

# Regression; every other table names classes.
VALUES = {"diabetes", "concrete"}


def task_of(name):
    return "values" if name in VALUES else "classes"


def load(name):
    """(x float64 [rows, cols], y) of data/NAME.csv.gz; y is float64 values, or int64 classes in ascending order of their text."""
    with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    x = np.array([[float(cell) for cell in row[:-1]] for row in rows])
    target = [row[-1] for row in rows]
    if task_of(name) == "values":
        return x, np.array([float(cell) for cell in target])
    return x, np.unique(target, return_inverse=True)[1]


def versions():
    import platform

    import sklearn
    import xgboost

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "xgboost": xgboost.__version__,
    }
