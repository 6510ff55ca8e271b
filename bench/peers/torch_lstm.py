#!/usr/bin/env python3
"""One step of an LSTM in PyTorch, forward and backward, as many inputs as state: torch.nn.LSTMCell ("cell"), and
torch.nn.LSTM over one step, which is cuDNN's on a GPU ("lstm").

  torch_lstm.py --rows 4096 --state 64 128 256 --kind cell lstm
  OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 torch_lstm.py --device cpu --rows 4096 1 --kind cell gru
Prints a JSON object for each. On a GPU times are the device's, between events, of calls replayed as a CUDA graph, or,
with --eager, issued one by one by the host. On a CPU, one core: each call's processor time, which other
programs on the core do not lengthen, eager. "gru" is torch.nn.GRUCell."""
import argparse, json, time
import torch
import blas

P = argparse.ArgumentParser()
P.add_argument("--rows", type=int, nargs="+", default=[4096]); P.add_argument("--state", type=int, nargs="+", default=[64])
P.add_argument("--kind", nargs="+", default=["cell"], choices=["cell", "lstm", "gru"])
P.add_argument("--seconds", type=float, default=2); P.add_argument("--calls", type=int, default=50)
P.add_argument("--device", default="cuda", choices=["cuda", "cpu"]); P.add_argument("--eager", action="store_true"); P.add_argument("--tf32", action="store_true")
a = P.parse_args()
torch.manual_seed(0); dev = torch.device(a.device); torch.set_num_threads(1)
torch.backends.cuda.matmul.allow_tf32 = a.tf32; torch.backends.cudnn.allow_tf32 = a.tf32


def problem(kind, rows, state):
    module = {"cell": torch.nn.LSTMCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTM}[kind](state, state).to(dev)
    draw = lambda: torch.rand(*((1,) if kind == "lstm" else ()), rows, state, device=dev) * 2 - 1
    x, h, c = (draw().requires_grad_() for _ in range(3)); dh, dc = draw(), draw()
    leaves = [x, h, *([] if kind == "gru" else [c]), *module.parameters()]

    def step():
        if kind == "gru": return torch.autograd.grad([module(x, h)], leaves, [dh])
        out = module(x, (h, c)); h1, c1 = out if kind == "cell" else out[1]
        return torch.autograd.grad([h1, c1], leaves, [dh, dc])
    return step


def cpu_times(step):
    for _ in range(5): step()
    times = []; end = time.perf_counter() + a.seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.process_time(); step(); times.append(time.process_time() - start)
    return times


def gpu_times(step):
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
    return times


for kind in a.kind:
    for rows in a.rows:
        for state in a.state:
            times = sorted((cpu_times if a.device == "cpu" else gpu_times)(problem(kind, rows, state)))
            print(json.dumps({"torch": torch.__version__, **vars(a), "kind": kind, "rows": rows, "state": state,
                              "blas": blas.name(), "runs": len(times), "median_s": times[len(times) // 2], "min_s": times[0]}), flush=True)
