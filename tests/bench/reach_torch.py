"""PyTorch's Adam as a user would take it, learning rate 0.01 and all rows at once: for each line on
the standard input it trains EPOCHS epochs anew, and prints the seconds of its processor, the epochs
and the mean squared error. usage: reach_torch.py FILE ROWS FEATURES HIDDEN BATCH EPOCHS"""

import contest  # first: it sets the number of threads

import sys
import time

import torch

from peer_torch import network, train


def main():
    torch.set_num_threads(1)
    problem = contest.Problem(sys.argv[1:])
    x, y = torch.from_numpy(problem.x), torch.from_numpy(problem.y).reshape(-1, 1)
    for _ in sys.stdin:
        began = time.process_time()
        net = network(problem)
        train(net, torch.optim.Adam(net.parameters(), lr=0.01), [(x, y)], problem.epochs)
        took = time.process_time() - began
        print(took, problem.epochs, float(torch.nn.MSELoss()(net(x), y)), flush=True)


if __name__ == "__main__":
    main()
