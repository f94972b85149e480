"""PyTorch in the contest, with the loop that everybody writes. Batches are views, in order."""

import contest  # first: it sets the number of threads

import sys

import torch


def network(problem):
    layers = [torch.nn.Linear(*weights.shape, dtype=torch.float64) for weights in problem.weights]
    with torch.no_grad():
        for layer, weights, biases in zip(layers, problem.weights, problem.biases):
            layer.weight.copy_(torch.from_numpy(weights.T))
            layer.bias.copy_(torch.from_numpy(biases))
    return torch.nn.Sequential(layers[0], torch.nn.Tanh(), layers[1])


def train(net, optimizer, batches, epochs):
    mean_squared_error = torch.nn.MSELoss()
    for _ in range(epochs):
        for x, y in batches:
            optimizer.zero_grad()
            mean_squared_error(net(x), y).backward()
            optimizer.step()


def main():
    torch.set_num_threads(1)
    problem = contest.Problem(sys.argv[1:])
    x, y = torch.from_numpy(problem.x), torch.from_numpy(problem.y).reshape(-1, 1)
    net = network(problem)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    batches = list(zip(x.split(problem.batch), y.split(problem.batch)))
    contest.contest("torch", problem, lambda epochs: train(net, optimizer, batches, epochs),
                    lambda: net(x).detach().numpy())


if __name__ == "__main__":
    main()
