# Cases of bench/results_table.py and bench/scaling_plot.py, sourced by tests/tools/run_case.sh.
# shellcheck shell=bash disable=SC2154,SC2016 # expect, has and source are run_case.sh's

table_of() { python3 "$source/bench/results_table.py" "$@"; }

blocks() {
  printf '# A\n\n<!-- speed: begin; to be filled -->\nold\n<!-- speed: end -->\n\nafter\n' >a.md
  printf '<!-- speed-full: begin -->\nold\n<!-- speed-full: end -->\n' >b.md
  cat >run.json <<'END'
{"kind": "compare_cpu", "date": "2026-01-02T00:00:00Z", "processor": "one", "processors": 2, "level": "x86-64-v3",
"compiler": "g++ 12", "commit": "abc", "load_average": [0.1, 0.2, 0.3], "load_average_after": [1.0], "torch": ["1", "2"], "blas": ["OpenBLAS", "built in"],
"pairs": 3, "seconds": 4, "missing": [{"what": "a thing", "why": "a reason"}],
"figures": [
  {"name": "meta_step/poisson alfi", "unit": "ms", "better": "lower", "values": [9, 10, 12]},
  {"name": "meta_step/poisson torch 1 / alfi", "unit": "times", "better": "higher", "values": [4, 5, 6]},
  {"name": "lstm_step/B:4096/H:64", "unit": "us", "better": "lower", "values": [4000, 5000, 6000]},
  {"name": "lstm_step/B:4096/H:64 share", "unit": "share", "better": "higher", "values": [0.5]},
  {"name": "lstm_step/B:4096/H:64 best_share", "unit": "share", "better": "higher", "values": [0.625]},
  {"name": "lstm_step/B:4096/H:64 backward / forward", "unit": "times", "better": "lower", "values": [2]},
  {"name": "draws/normal/batch/1 rate", "unit": "M/s", "better": "higher", "values": [100]},
  {"name": "draws/normal/batch/1 alfi / std", "unit": "times", "better": "higher", "values": [2]}
]}
END
}

case_tables_from_one_run() {
  blocks
  expect 0 '' table_of --check a.md b.md
  has out '^a.md: not filled yet$'
  expect 0 '' table_of run.json a.md b.md
  has a.md '^after$'
  has a.md '^\| meta-step, poisson \| 10 ms \|  \| 5 \(4 to 6\) \| - \|$'
  has a.md '^\| normal draws, 1 a sample, many samples at once \| 100 M/s \| 2 \(2 to 2\) \| - \| - \|$'
  has a.md '2026-01-02, one \(2 processors, load average 0.1, 0.2, 0.3 before, 1.0 after\), vector level x86-64-v3'
  has b.md '^\| `lstm_step/B:4096/H:64` \| 5 ms \(4 to 6\) \| 0.5 \(0.5 to 0.5\) \| 0.625 \(0.625 to 0.625\) \|$'
  has b.md '^Missing: a thing: a reason$'
  if grep -q old a.md b.md; then false; fi
  expect 0 '' table_of --check a.md b.md
  sed -i 's/5 (4 to 6)/7 (4 to 6)/' a.md # a number that no run gave
  expect 1 '' table_of --check a.md b.md
  has out '^a.md: differs from run.json'
  echo 'no block' >c.md
  expect 2 'c.md: no block' table_of run.json c.md
  expect 2 '^usage: ' table_of run.json
  expect 2 'of Google Benchmark, expected compare_cpu' table_of "$source/tests/bench/results/google_old.json" a.md
}

case_tables_hold_what_their_files_say() {
  cd "$source" || return
  python3 bench/results_table.py --check README.md docs/results.md
}

# The cost is 2 + 0.5 times the size; a second repetition took longer.
case_scaling_is_drawn() {
  {
    echo '{"context": {"processor": "a < b", "date": "2026-01-02T00:00:00"}, "benchmarks": ['
    for x in 10 20 40; do
      for i in 0 1; do
        echo "{\"name\": \"scaling/problems:$x/real_time\", \"run_name\": \"scaling/problems:$x/real_time\","
        echo "\"run_type\": \"iteration\", \"repetition_index\": $i, \"real_time\": $((2 + x / 2 + i)), \"time_unit\": \"ms\"},"
      done
    done
    echo '{"name": "other", "real_time": 1, "time_unit": "ms"}]}'
  } >run.json
  expect 0 '' python3 "$source/bench/scaling_plot.py" run.json picture.svg
  has out '^problems: 2 ms \+ 0.5 ms each, every point within 0.0 %$'
  python3 - <<'END'
import xml.etree.ElementTree as tree
root = tree.parse("picture.svg").getroot()
circles = [e for e in root.iter() if e.tag.endswith("circle")]
assert len(circles) == 3, len(circles)
x = [float(c.get("cx")) for c in circles]
assert abs((x[2] - x[1]) / (x[1] - x[0]) - 2) < 0.02, x  # sizes 10, 20, 40 on one scale
END
  has picture.svg 'a &lt; b'
  expect 2 'no figure is called scaling' python3 "$source/bench/scaling_plot.py" \
    "$source/tests/bench/results/google_old.json" picture.svg
  expect 2 '^usage: ' python3 "$source/bench/scaling_plot.py"
  echo '{"benchmarks": [{"name": "scaling/problems:1", "real_time": 1, "time_unit": "ms"}]}' >one.json
  expect 2 'fewer than two points' python3 "$source/bench/scaling_plot.py" one.json picture.svg
  expect 2 'no program absent' env ALFI_BENCH=absent "$source/bench/scaling.sh"
}

# A program that answers as alfi would: the gap is the seed and the number of observations, in thousandths and more.
case_posteriors_of_several_seeds_and_sizes() {
  cat >alfi <<'END'
#!/usr/bin/env bash
set -eu
what=$1 dir=$2 observed=0 json=
shift 2
while (($# > 0)); do
  case $1 in
    --output) dir=$2 ;;
    --observed) observed=$2 ;;
    --json) json=$2 ;;
    --seed) seed=$2 ;;
  esac
  shift
done
case $what in
  train) mkdir -p "$dir" && echo "{\"seconds\": 1$seed.2}" >"$dir/run.json" && echo "$seed" >"$dir/seed" ;;
  evaluate)
    seed=$(cat "$dir/seed")
    gap="{\"available\": true, \"gap\": {\"mean\": 0.${seed}${observed}, \"standard_error\": 0.004}, \"gap_median\": 0.5}"
    if ((observed == 0)); then gap='{"available": false}'; fi
    echo "{\"observed\": $observed, \"exact\": $gap, \"coverage\": {\"0.5\": [0.5, 0.4], \"0.9\": [0.9, 0.8]},
      \"negative_log_density\": {\"mean\": -$seed}, \"rmse_by_iteration\": [[5, 5], [2, 3]],
      \"maximum_likelihood\": {\"available\": true, \"rmse\": [2, 2]}}" >"$json"
    ;;
  check)
    seed=$(cat "$dir/seed")
    echo "{\"calibrated\": $([[ $seed == 1 ]] && echo true || echo false), \"points\": [1], \"quantities\": [{\"shares\": [1]}]}" >"$json"
    if ((seed != 1)); then exit 1; fi
    ;;
  infer) echo '{"mean": [1]}' >"$json" ;;
esac
END
  chmod +x alfi
  expect 0 '' env ALFI="$PWD/alfi" "$source/bench/posteriors.sh" -o "$PWD/runs" -s "1 2 3" -n "20 100" -c 9 poisson
  expect 0 '' env ALFI="$PWD/alfi" "$source/bench/posteriors.sh" -o "$PWD/runs" -s 1 sir
  expect 0 '' python3 "$source/bench/posteriors_table.py" runs/all.json --shrink small.json
  has out '^\| poisson \| 20 \| 0.220 \(0.120 to 0.320\) \| 0.004 \| 0.500 \| -2.000 \(-3.000 to -1.000\) \| 50, 40 / 90, 80 \| 1.000, 1.500 \| 12 \(11 to 13\) s \| 1 of 3 \|$'
  has out '^\| poisson \| 100 \| 0.210 \(0.110 to 0.310\)'
  has out '^\| sir \|  \|  \|  \|  \| -1.000 \| 50, 40 / 90, 80 \| 1.000, 1.500 \| 11 s \|  \|$'
  has small.json '"commit"'
  if grep -q shares small.json; then false; fi
  expect 2 'posteriors.sh writes' python3 "$source/bench/posteriors_table.py" alfi
}
