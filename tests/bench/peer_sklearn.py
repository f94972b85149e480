"""scikit-learn's MLPRegressor in the contest. It minimises half the mean squared error, so its
learning rate is twice ours."""

import contest  # first: it sets the number of threads

import sys
import warnings

from sklearn.neural_network import MLPRegressor


def main():
    problem = contest.Problem(sys.argv[1:])
    warnings.simplefilter("ignore")  # "has not converged yet"
    model = MLPRegressor(
        hidden_layer_sizes=(problem.hidden,), activation="tanh", solver="sgd", alpha=0,
        batch_size=problem.batch, learning_rate="constant", learning_rate_init=0.02, momentum=0,
        nesterovs_momentum=False, shuffle=False, max_iter=1, tol=0, n_iter_no_change=10**9,
        warm_start=True, random_state=1)
    model.fit(problem.x, problem.y)  # makes the arrays, which then take the given numbers
    for own, given in zip(model.coefs_ + model.intercepts_, problem.weights + problem.biases):
        own[...] = given

    def run(epochs):
        model.max_iter = epochs
        model.fit(problem.x, problem.y)

    contest.contest("sklearn", problem, run, lambda: model.predict(problem.x))


if __name__ == "__main__":
    main()
