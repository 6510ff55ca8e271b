# A machine beside its rivals. Sourced by run_case.sh.

case_compare_configuration() {
  tiny_configuration
  local few=(--budget 2000 --problems 4 --observed 8 --draws 100 --classify 40 --quiet)
  expect 0 '' "$alfi" compare tiny.toml "${few[@]}" --output c --json c.json
  has out '^poisson: 4 problems of 8 observations, 2000 simulator calls a method'
  for method in machine npe rejection smc likelihood exact; do
    has out "^$method "
    has c.json "\"name\": \"$method\""
    [[ $(grep -c "^$method," c/compare.csv) == 4 ]]
    has c/compare.svg ">$method<"
  done
  cmp c.json c/compare.json
  has c/compare.svg 'negative log density of the truth; bars: standard error'
  has c/compare.csv '^method,problem,simulator_calls,seconds,negative_log_density,negative_log_density_by_draws,c2st,truth_log_rate,mean_log_rate,sd_log_rate$'
  for key in budget observed training_calls calls_per_problem negative_log_density gap rmse_in_prior_sds coverage c2st; do
    has c.json "\"$key\":"
  done
  # A training with the budget's calls, not one more.
  has c.json '"training_calls": 2000'
  "$alfi" compare tiny.toml "${few[@]}" --json - --threads 1 >d.json
  diff <(grep -v seconds c.json) <(grep -v seconds d.json)
  expect 0 '' "$alfi" compare tiny.toml "${few[@]}" --methods smc,exact --set train.steps=1
  if grep -qE '^(machine|npe|rejection|likelihood) ' out; then return 1; fi
}

case_compare_model() {
  tiny_model
  expect 0 '' "$alfi" compare model --budget 2000 --problems 3 --methods machine,rejection,exact --classify 0 --quiet
  # By default as few observations as it was trained on.
  has out '^poisson: 3 problems of 5 observations'
  "$alfi" simulate poisson --theta 1.35 --count 10 --output x.csv
  expect 0 '' "$alfi" compare model --observations x.csv --budget 2000 --methods machine,smc,likelihood,exact --quiet --output c
  has out '^poisson: one problem, 10 observations, '
  has out '^method .* log_rate +C2ST'
  has c/compare.json '"standard_deviation":'
  has c/compare.csv '^exact,0,0,[^,]*,,,,,'
}

case_compare_wrong_use() {
  tiny_configuration
  expect 2 '^usage: alfi compare' "$alfi" compare
  expect 2 '^alfi: --methods: got "abc", expected machine, npe, rejection, smc, likelihood or exact' "$alfi" compare tiny.toml --methods abc
  expect 2 '^alfi: --budget: got "ten"' "$alfi" compare tiny.toml --budget ten
  expect 2 'expected at least' "$alfi" compare tiny.toml --budget 100 --quiet
  expect 2 '^alfi: --budget 500, less the calls of an answer: train.budget: got [0-9]+, expected at least 500: 100 draws' \
    "$alfi" compare tiny.toml --budget 500 --methods machine --quiet
  sed 's/8, 8, 4/8, 8/' tiny.toml >short.toml
  expect 2 '^alfi: short.toml:7: network.encoder: got 2 widths' "$alfi" compare short.toml
  expect 2 'none.toml' "$alfi" compare none.toml
  expect 2 'none' "$alfi" compare none
  expect 2 'train.stepz' "$alfi" compare tiny.toml --set train.stepz=3
  expect 1 'the directory cannot be made' "$alfi" compare tiny.toml --output tiny.toml/d --quiet
  tiny_model
  expect 2 '^alfi: --set: got train.steps=3, expected none with a model' "$alfi" compare model --set train.steps=3
  printf 'count\n3\nfour\n' >x.csv
  expect 2 'x.csv:3:' "$alfi" compare model --observations x.csv --quiet
}
