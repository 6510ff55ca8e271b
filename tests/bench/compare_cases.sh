# Cases of bench/compare_cpu.sh, sourced by tests/tools/run_case.sh. Our program and both PyTorchs are played by scripts with
# round times: ours 10 ms a meta-step, 20 us a kernel (forward 5 us), PyTorch 40 ms and 100 us.
# shellcheck shell=bash disable=SC2154 # expect, has and source are run_case.sh's

# A program that lists and "measures" what the file names holds: a name and the entry's other members a line.
played_bench() {
  cat >names <<'END'
meta_step/poisson/threads:1/real_time "real_time": 10, "time_unit": "ms"
meta_step/poisson/threads:2/real_time "real_time": 5, "time_unit": "ms"
multiply_add/threads:1/real_time "real_time": 8, "time_unit": "ms"
multiply_add/threads:2/real_time "real_time": 5, "time_unit": "ms"
lstm_step/B:4096/H:64 "real_time": 20000, "time_unit": "ns", "share": 0.5, "best_share": 0.6, "peak_GFLOPS": 100
lstm_step/B:4096/H:64/forward "real_time": 5000, "time_unit": "ns"
lstm_step/B:1/H:64 "real_time": 2000, "time_unit": "ns"
set_encoder/tanh/rows:64000 "real_time": 12.8, "time_unit": "ms"
tape/node "real_time": 100, "time_unit": "us", "us_per_node": 0.1
simulate/gaussian "real_time": 1, "time_unit": "us", "items_per_second": 5e7
std_simulate/gaussian "real_time": 2, "cpu_time": 1, "time_unit": "us", "items_per_second": 5e7
copy/bytes:1024 "real_time": 1, "time_unit": "us", "peak_GB/s": 50
draws/poisson_8/simulator/20 "real_time": 1, "time_unit": "us", "items_per_second": 6e7
draws/normal/batch/1 "real_time": 1, "time_unit": "us", "items_per_second": 8e7
draws/poisson_8/std "real_time": 1, "time_unit": "us", "items_per_second": 2e7
draws/normal/std "real_time": 1, "time_unit": "us", "items_per_second": 2e7
END
  cat >alfi_bench <<'END'
#!/usr/bin/env bash
filter='' out='' here=$(dirname "$0")
for argument in "$@"; do
  case $argument in
    --benchmark_list_tests=true) cut -d ' ' -f 1 "$here/names"; exit ;;
    --benchmark_filter=*) filter=${argument#*=} ;;
    --benchmark_out=*) out=${argument#*=} ;;
  esac
done
if [[ $filter == -* ]]; then chosen=$(grep -Ev "${filter#-}" "$here/names"); else chosen=$(grep -E "$filter" "$here/names"); fi
{
  echo '{"context": {"cpu_level": "x86-64-v3", "compiler": "g++ 12", "assertions": "off"}, "benchmarks": ['
  sed 's/^\([^ ]*\) \(.*\)/{"name": "\1", "run_name": "\1", "run_type": "iteration", \2},/' <<<"$chosen" | sed '$s/,$//'
  echo ']}'
} >"$out"
END
  cat >python <<'END'
#!/usr/bin/env bash
case $* in
  -c*) echo "1.13 ${REFERENCE:-0} libopenblas.so" ;;
  *torch_meta_step.py*) echo '{"median_s": 0.04, "min_s": 0.03}' ;;
  *torch_kernels.py*)
    echo '{"name": "lstm_step/B:4096/H:64", "median_s": 1e-4, "draws": 0}'
    echo '{"name": "draws/poisson/rate:8", "median_s": 4.096e-4, "draws": 4096}'
    ;;
esac
END
  sed 's/1\.13/2.9/' python >python2
  chmod +x alfi_bench python python2
  export ALFI_BENCH=$PWD/alfi_bench PYTHON=$PWD/python
}

# value NAME MEDIAN: of the figure in out.json.
value() {
  python3 - "$1" "$2" <<'END'
import json, sys
found = {f["name"]: f for f in json.load(open("out.json"))["figures"]}
name, wanted = sys.argv[1], float(sys.argv[2])
got = found[name]["median"] if name in found else sorted(found)
assert name in found and abs(got - wanted) <= 1e-4 * wanted, f"{name}: got {got}, expected {wanted}"
assert len(found[name]["values"]) == 3 and found[name]["range"][0] <= got <= found[name]["range"][1]
END
}

case_compare_in_pairs() {
  played_bench
  expect 0 '' "$source/bench/compare_cpu.sh" -n 3 -t 0.01 -o "$PWD/out.json" -p "$PWD/python2" poisson
  has out '^load average before: '
  has out 'torch 1\.13 \(libopenblas\.so\), torch 2\.9 \(libopenblas\.so\)$'
  value 'meta_step/poisson alfi' 10
  value 'meta_step/poisson torch 1.13 / alfi' 4
  value 'meta_step/poisson torch 2.9 / alfi' 4
  value 'lstm_step/B:4096/H:64 torch 1.13 / alfi' 5
  value 'lstm_step/B:4096/H:64 backward / forward' 3
  value 'lstm_step/B:4096/H:64 best_share' 0.6
  value 'set_encoder/tanh/rows:64000 a row' 0.2
  value 'tape/node a node' 0.1
  value 'draws/poisson_8/simulator/20 alfi / std' 3
  value 'draws/poisson_8/simulator/20 alfi / torch 1.13' 6
  value 'draws/normal/batch/1 alfi / std' 4
  value 'simulate/gaussian alfi / std' 2 # by wall time: the other got half the processor
  value 'roof multiply_add' 100
  value 'roof copy/bytes:1024' 50
  value 'meta_step/poisson second thread' 2
  value 'second thread meta_step / multiply_add' 1.25
  has out.json '"level": "x86-64-v3"'
  has out.json '"complete": true, "missing": \[\]'
  expect 0 '' python3 "$source/bench/bench_diff.py" out.json out.json
}

case_compare_says_what_is_missing() {
  played_bench
  sed -i '/^draws.poisson/d; /normal.std/d; /^std/d' names
  printf '#!/bin/sh\nexit 1\n' >python
  expect 1 '' "$source/bench/compare_cpu.sh" -n 1 -t 0.01 -o "$PWD/out.json" poisson
  head -8 out >first # at the start, not at the end
  has first 'missing: PyTorch: .*/python has none'
  has first 'missing: our Poisson draws: '
  has first "missing: the standard library's normal draws: "
  has out.json '"what": "PyTorch"'
  has out.json '"meta_step/poisson alfi"'
}

case_compare_leaves_the_reference_blas_out() {
  played_bench
  REFERENCE=1 expect 1 '' "$source/bench/compare_cpu.sh" -n 1 -t 0.01 poisson
  has out 'missing: torch 1\.13: .*reference BLAS'
  has out 'no PyTorch: ours alone'
}

case_compare_wrong_use() {
  played_bench
  expect 2 'usage: bench/compare_cpu.sh' "$source/bench/compare_cpu.sh" -x
  expect 2 'n is 0, expected a whole number from 1' "$source/bench/compare_cpu.sh" -n 0
  expect 2 't is 0, expected seconds' "$source/bench/compare_cpu.sh" -t 0
  expect 2 'simulator lorenz, expected one of poisson' "$source/bench/compare_cpu.sh" lorenz
  expect 2 'both Pythons have torch 1.13: leave one out' "$source/bench/compare_cpu.sh" -p "$PWD/python"
  expect 2 'cannot write /no/such' "$source/bench/compare_cpu.sh" -o /no/such
  ALFI_BENCH=absent expect 2 'no program absent: build alfi_bench' "$source/bench/compare_cpu.sh"
}
