"""The peer of bench/probes.ts: one fit in scikit-learn. Arguments: folder with the data, clips to train on, the probe,
largest gradient component to reach (0 for scikit-learn's own stop). Prints one JSON line."""
import json
import sys
import time
import warnings

import numpy as np

try:
    import sklearn
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
except ImportError:
    sys.exit(3)

warnings.filterwarnings("ignore")
folder, count, name, norm = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
features = np.load(f"{folder}/features.npy").astype(np.float64)
labels = np.load(f"{folder}/labels.npy").astype(int)
train, test = (features[:count], labels[:count]), (features[count:], labels[count:])


def reached(model):
    """Objective and largest component of its gradient, for penalty 0.5 |W|^2 and loss times C."""
    scores = train[0] @ model.coef_.T + model.intercept_
    scores -= scores.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(scores).sum(axis=1))
    loss = log_sum - scores[np.arange(count), train[1]]
    residual = np.exp(scores - log_sum[:, None])
    residual[np.arange(count), train[1]] -= 1
    gradient = model.C * residual.T @ train[0] + model.coef_
    largest = max(np.abs(gradient).max(), np.abs(model.C * residual.sum(axis=0)).max())
    return {
        "objective": float(0.5 * (model.coef_**2).sum() + model.C * loss.sum()),
        "gradientNorm": float(largest),
        "iterations": int(model.n_iter_.max()),
    }


model = {
    "logistic C=1e5, 100 iterations": lambda: LogisticRegression(C=1e5),
    "logistic C=1, lbfgs": lambda: LogisticRegression(C=1.0, max_iter=10_000),
    "logistic C=1, newton-cg": lambda: LogisticRegression(C=1.0, max_iter=1000, solver="newton-cg", tol=norm),
    "LDA, Ledoit-Wolf": lambda: LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    "random forest, 100 trees": lambda: RandomForestClassifier(n_estimators=100, n_jobs=-1, random_state=0),
}[name]()
started = time.perf_counter()
model.fit(*train)
seconds = time.perf_counter() - started
row = {"seconds": seconds, "accuracy": float((model.predict(test[0]) == test[1]).mean())}
if name.startswith("logistic"):
    row.update(reached(model))
print(json.dumps({**row, "version": sklearn.__version__}), flush=True)
