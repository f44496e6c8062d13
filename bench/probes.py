"""The peer of bench/probes.ts: the same fits in scikit-learn. Prints JSON lines; argument: folder with the data."""
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
folder = sys.argv[1]
features = np.load(f"{folder}/features.npy").astype(np.float64)
labels = np.load(f"{folder}/labels.npy").astype(int)
train = slice(0, int(sys.argv[2]))
test = slice(int(sys.argv[2]), None)


def objective(model, c):
    scores = features[train] @ model.coef_.T + model.intercept_
    scores -= scores.max(axis=1, keepdims=True)
    loss = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(scores)), labels[train]]
    return 0.5 * (model.coef_**2).sum() + c * loss.sum()


probes = {
    "logistic C=1e5, 100 iterations": LogisticRegression(C=1e5),
    "logistic C=1, converged": LogisticRegression(C=1.0, max_iter=1000),
    "LDA, Ledoit-Wolf": LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    "random forest, 100 trees": RandomForestClassifier(n_estimators=100, n_jobs=-1, random_state=0),
}
for name, model in probes.items():
    started = time.perf_counter()
    model.fit(features[train], labels[train])
    seconds = time.perf_counter() - started
    row = {"probe": name, "seconds": seconds, "accuracy": float((model.predict(features[test]) == labels[test]).mean())}
    if name.startswith("logistic"):
        row["objective"] = float(objective(model, model.C))
    print(json.dumps({**row, "version": sklearn.__version__}), flush=True)
