#!/usr/bin/env python3
"""One step of an LSTM in PyTorch, forward and backward, as many inputs as state: torch.nn.LSTMCell ("cell"), and
torch.nn.LSTM over one step, which is cuDNN's on a GPU ("lstm").

  torch_lstm.py --rows 4096 --state 64 128 256 --kind cell lstm
Prints a JSON object for each. Times are the device's, between events, of calls replayed as a CUDA graph, or, with
--eager, issued one by one by the host."""
import argparse, json, time
import torch

P = argparse.ArgumentParser()
P.add_argument("--rows", type=int, default=4096); P.add_argument("--state", type=int, nargs="+", default=[64])
P.add_argument("--kind", nargs="+", default=["cell"], choices=["cell", "lstm"])
P.add_argument("--seconds", type=float, default=2); P.add_argument("--calls", type=int, default=50)
P.add_argument("--eager", action="store_true"); P.add_argument("--tf32", action="store_true")
a = P.parse_args()
torch.manual_seed(0); dev = torch.device("cuda")
torch.backends.cuda.matmul.allow_tf32 = a.tf32; torch.backends.cudnn.allow_tf32 = a.tf32


def measure(kind, state):
    module = (torch.nn.LSTMCell if kind == "cell" else torch.nn.LSTM)(state, state).to(dev)
    draw = lambda: torch.rand(*(() if kind == "cell" else (1,)), a.rows, state, device=dev) * 2 - 1
    x, h, c = (draw().requires_grad_() for _ in range(3)); dh, dc = draw(), draw()
    leaves = [x, h, c, *module.parameters()]

    def step():
        out = module(x, (h, c)); h1, c1 = out if kind == "cell" else out[1]
        return torch.autograd.grad([h1, c1], leaves, [dh, dc])

    side = torch.cuda.Stream(); side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(5): step()
    torch.cuda.current_stream().wait_stream(side); torch.cuda.synchronize()
    if a.eager:
        def run():
            for _ in range(a.calls): step()
    else:
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for _ in range(a.calls): step()
        run = graph.replay
    run(); torch.cuda.synchronize(); times = []; end = time.perf_counter() + a.seconds
    while time.perf_counter() < end or len(times) < 5:
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        first.record(); run(); last.record(); last.synchronize()
        times.append(first.elapsed_time(last) * 1e-3 / a.calls)
    times.sort()
    print(json.dumps({"torch": torch.__version__, **vars(a), "kind": kind, "state": state, "runs": len(times),
                      "median_s": times[len(times) // 2], "min_s": times[0]}), flush=True)


for kind in a.kind:
    for state in a.state: measure(kind, state)
