# Cases of bench/bench_diff.py, sourced by tests/tools/run_case.sh; the files in results/ can be checked by hand.
# shellcheck shell=bash disable=SC2154 # expect, has and source are run_case.sh's
results=$source/tests/bench/results
diff_of() { python3 "$source/bench/bench_diff.py" "$@"; }

case_diff_of_google_benchmark() {
  expect 1 '' diff_of "$results/google_old.json" "$results/google_new.json"
  has out '^worse   slower \[us\]: 11 \(10 to 12\) -> 13\.5 \(13 to 14\)  22\.7 % worse$'
  has out '^better  faster \[ms\]: 8\.5 .* 47\.1 % better$'
  has out '^gone    dropped$'
  has out '^new     added'
  has out '^1 worse, 1 better, 2 within the spread$' # ranges of noisy overlap; 8 % of a single value is nothing
  expect 1 '' diff_of --alone 0.05 "$results/google_old.json" "$results/google_new.json"
  has out '^worse   alone \[ns\]: 100 -> 108'
  expect 0 '' diff_of --only '^(noisy|faster)$' "$results/google_old.json" "$results/google_new.json"
  expect 0 '' diff_of "$results/google_old.json" "$results/google_old.json"
}

case_diff_of_compare_cpu() {
  expect 1 '' diff_of "$results/compare_old.json" "$results/compare_new.json"
  has out '^warning: processor differs: one, then two$'
  has out '^worse   meta_step/poisson torch 1 / alfi \[times\]: 4\.5 \(4 to 5\) -> 3\.5 \(3 to 3\.9\)'
  expect 0 '' diff_of "$results/compare_new.json" "$results/compare_old.json" # more is better of a ratio
  has out '^better  meta_step/poisson torch 1 / alfi'
}

case_diff_of_gpu_files() {
  expect 1 '' diff_of "$results/gpu_old.jsonl" "$results/gpu_new.jsonl"
  has out '^worse   encoder/float \[us\]: 100 \(98 to 103\) -> 110 \(105 to 112\)  10\.0 % worse$'
  has out '^worse   lstm_step/float \[us\]: 12 .* -> failed  the answer is wrong$'
  expect 0 '' diff_of "$results/compare_gpu.json" "$results/compare_gpu.json"
  has out '^0 worse, 0 better, 2 within the spread$'
  # gpu_check.json holds both.
  printf '{"stages": [], "benchmarks": [%s], "comparison": %s}' "$(sed -n 2p "$results/gpu_old.jsonl")" \
    "$(cat "$results/compare_gpu.json")" >check.json
  expect 0 '' diff_of check.json check.json
  has out '^0 worse, 0 better, 3 within the spread$'
}

# refused PATTERN TEXT: a file that holds TEXT ends the comparison with status 2 and a message with the file's name.
refused() {
  printf '%s' "$2" >broken.json
  expect 2 "^bench_diff.py: broken\.json: $1" diff_of broken.json "$results/google_old.json"
  expect 2 "^bench_diff.py: broken\.json: $1" diff_of "$results/google_old.json" broken.json
}

case_diff_refuses_what_is_malformed() {
  refused 'no JSON' ''
  refused 'no JSON' 'Running alfi_bench'
  refused 'no JSON' '{"kind": "compare_cpu", '
  refused 'none of' '{}'
  refused 'a JSON list, expected an object' '[]'
  refused 'the file: "figures" is no list' '{"kind": "compare_cpu", "figures": 3}'
  refused 'no figure in it' '{"kind": "compare_cpu", "figures": []}'
  refused 'a: no values' '{"kind": "compare_cpu", "figures": [{"name": "a", "better": "lower", "values": []}]}'
  refused 'a: a value is "x", expected a finite number' \
    '{"kind": "compare_cpu", "figures": [{"name": "a", "better": "lower", "values": ["x"]}]}'
  refused 'a: a value is NaN' '{"kind": "compare_cpu", "figures": [{"name": "a", "better": "lower", "values": [NaN]}]}'
  refused 'a: "better" is "more"' '{"kind": "compare_cpu", "figures": [{"name": "a", "better": "more", "values": [1]}]}'
  refused 'a: no member "real_time"' '{"benchmarks": [{"name": "a"}]}'
  refused 'a benchmark: no member' '{"benchmarks": [{}]}'
  refused 'a benchmark: no member' '{"benchmarks": [7]}'
  refused 'a: an end of range_us is null' '{"name": "a", "median_us": 1, "range_us": [1]}'
  refused 'line 2 is no JSON' $'{"gpu": "card"}\n{"name": '
  refused 'a line has neither' $'{"gpu": "card"}\n{"other": 1}'
  refused 'not in the form it seems to have' '{"context": 7, "benchmarks": [{"name": "a", "real_time": 1}]}'
  printf '\xff\xfe' >broken.json
  expect 2 'broken\.json: not text' diff_of broken.json broken.json
  expect 2 'absent\.json: No such file' diff_of absent.json "$results/google_old.json"
  expect 2 'no figure is in both files' diff_of "$results/google_old.json" "$results/compare_old.json"
  sed 's/"unit": "ms"/"unit": "us"/' "$results/compare_old.json" >other.json
  expect 2 'in ms in one file, in us in the other' diff_of "$results/compare_old.json" other.json
}

case_diff_wrong_use() {
  expect 2 '^usage: ' diff_of
  expect 2 '^usage: ' diff_of "$results/google_old.json"
  expect 2 'expected shares from 0' diff_of --least -1 "$results/google_old.json" "$results/google_old.json"
  expect 2 '--only \(: ' diff_of --only '(' "$results/google_old.json" "$results/google_old.json"
}
