#!/usr/bin/env python3
"""Parts of a meta-step in PyTorch on one core, to hold ours against: what bench_kernels.cpp and bench_simulators.cpp time.

  torch_kernels.py [--seconds 2] [--only REGEX]
Prints a JSON object for each: the name of our benchmark (draws: what and at which rate), the seconds of its median and fastest call, and the draws of one.
LSTMCell as many inputs as state; the set encoder 1-50-50-20 (tanh) on sets of 20: both forward and backward, gradients
of every weight, the encoder's without those of the observations, as ours."""
import argparse, json, re, time
import torch

P = argparse.ArgumentParser()
P.add_argument("--seconds", type=float, default=2); P.add_argument("--only", default="")
a = P.parse_args()
torch.set_num_threads(1); torch.manual_seed(0)


def lstm(rows, state):
    cell = torch.nn.LSTMCell(state, state)
    x, h, c = ((torch.rand(rows, state) * 2 - 1).requires_grad_() for _ in range(3))
    d_h, d_c = torch.rand(rows, state), torch.rand(rows, state)
    leaves = [x, h, c, *cell.parameters()]
    return lambda: torch.autograd.grad(cell(x, (h, c)), leaves, [d_h, d_c])


def encoder(rows):
    lin, relu = torch.nn.Linear, torch.nn.ReLU
    net = torch.nn.Sequential(lin(1, 50), relu(), lin(50, 50), relu(), lin(50, 20), torch.nn.Tanh())
    x, d = torch.rand(rows // 20, 20, 1), torch.rand(rows // 20, 20)
    leaves = list(net.parameters())
    return lambda: torch.autograd.grad([net(x).mean(1)], leaves, [d])


def poisson(rate):
    rates = torch.full((4096,), float(rate))
    return lambda: torch.poisson(rates)


cases = {f"lstm_step/B:{rows}/H:64": (lambda rows=rows: lstm(rows, 64), 0) for rows in (4096, 1)}
cases["set_encoder/tanh/rows:64000"] = (lambda: encoder(64000), 0)
cases.update({f"draws/poisson/rate:{rate}": (lambda rate=rate: poisson(rate), 4096) for rate in (0.1, 3, 8, 12, 30, 1000)})
cases["draws/normal"] = (lambda: lambda: torch.randn(4096), 4096)

for name, (make, draws) in cases.items():
    if not re.search(a.only, name): continue
    run = make(); times = []
    for _ in range(5): run()
    end = time.perf_counter() + a.seconds
    while time.perf_counter() < end or len(times) < 5:
        t0 = time.perf_counter(); run(); times.append(time.perf_counter() - t0)
    times.sort()
    print(json.dumps({"torch": torch.__version__, "name": name, "runs": len(times), "median_s": times[len(times) // 2],
                      "min_s": times[0], "draws": draws}), flush=True)
