"""What a user would write instead of the daemon: a network of scikit-learn behind Flask, to be run
by gunicorn as `peer_flask:app`. It takes and answers what :predict does."""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import flask
import numpy as np
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

_draw = np.random.default_rng(1)
_x = _draw.uniform(-2, 2, (506, 13))
_model = make_pipeline(StandardScaler(), MLPRegressor((50,), activation="tanh", max_iter=20))
_model.fit(_x, np.sin(_x[:, 0]))

app = flask.Flask(__name__)


@app.post("/predict")
def predict():
    rows = np.array(flask.request.get_json()["instances"], dtype=float)
    return flask.jsonify(predictions=_model.predict(rows).tolist())
