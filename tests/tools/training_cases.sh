# Training, stopping, resuming, and what trained models answer. Sourced by run_case.sh.

case_train_writes_everything() {
  tiny_configuration
  expect 0 'planned memory [0-9.]+ ' "$alfi" train tiny.toml --output d --json summary.json
  for file in model.safetensors config.toml history.csv checkpoint.safetensors run.json; do [[ -s d/$file ]]; done
  [[ $(ls d | wc -l) == 5 ]]
  [[ $(head -n 1 d/history.csv) == step,simulator_calls,loss,rmse,learning_rate,gradient_norm,failed,seconds ]]
  [[ $(wc -l <d/history.csv) == 13 ]]
  has d/run.json '"status": "done"'
  has d/run.json '"steps": 12'
  has d/run.json '"peak_bytes": [1-9][0-9]{6,8}'
  has err '^done: 12 of 12 steps in .*, peak memory [0-9.]+ MiB, model in d/model.safetensors$'
  cmp d/run.json summary.json
  # A model says nothing of where or when it was made.
  if grep -aEq "$(hostname)|$PWD|$(date +%Y-%m-%d)" d/model.safetensors; then return 1; fi
  expect 0 '' "$alfi" info d
  has out 'name = "poisson"'
  expect 0 '' "$alfi" info d/model.safetensors
}

case_quiet() {
  tiny_configuration
  expect 0 '' "$alfi" train tiny.toml --output d --quiet
  [[ ! -s out ]]
}

case_infer_and_evaluate() {
  tiny_model
  "$alfi" simulate poisson --theta 1.35 --count 10 --output x.csv
  expect 0 '' "$alfi" infer model x.csv --json i.json --draws 100 --output draws.csv
  has out 'parameter +unit +mean +sd +5 % +50 % +95 % +exact mean +exact sd'
  for key in parameters mean standard_deviation quantiles trajectory simulator_calls warnings seconds; do
    has i.json "\"$key\":"
  done
  [[ $(grep -v '^#' draws.csv | head -n 1) == lp__,log_rate ]]
  [[ $(grep -vc '^#' draws.csv) == 101 ]]
  has out '^draws.csv: 100 draws of the posterior'
  "$alfi" infer model x.csv --json - --threads 1 >j.json
  diff <(grep -v seconds i.json) <(grep -v seconds j.json)
  expect 0 '1 observation, trained on 5 to 20' "$alfi" infer model <(printf 'count\n3\n')
  expect 0 '' "$alfi" evaluate model --problems 70 --json e.json --quiet
  has out 'gap'
  for key in problems observed iterations parameters rmse_by_iteration negative_log_density coverage exact \
    maximum_likelihood simulator_calls_per_problem seconds; do
    has e.json "\"$key\":"
  done
  "$alfi" evaluate model --problems 70 --json - --quiet --threads 1 >f.json
  diff <(grep -v '"seconds"' e.json) <(grep -v '"seconds"' f.json)
  expect 0 '' "$alfi" evaluate model --problems 10 --observed 7 --iterations 3 --quiet --json -
  has out '"observed": 7'
  has out '"iterations": 3'
  expect 0 '21 observations, trained on 5 to 20' "$alfi" evaluate model --problems 3 --observed 21 --json e.json
  has e.json '"21 observations, trained on 5 to 20"'
}

case_threads_do_not_matter() {
  tiny_configuration
  "$alfi" train tiny.toml --output one --threads 1 --quiet
  "$alfi" train tiny.toml --output two --threads 2 --quiet
  "$alfi" train tiny.toml --output five --threads 5 --quiet
  cmp one/model.safetensors two/model.safetensors
  cmp one/model.safetensors five/model.safetensors
}

case_output_rules() {
  tiny_model
  expect 2 'holds a training already; expected --resume' "$alfi" train tiny.toml --output model
  cp -r model before
  # A finished training resumes to itself.
  expect 0 '' "$alfi" train tiny.toml --output model --resume --quiet
  cmp model/model.safetensors before/model.safetensors
  cmp model/checkpoint.safetensors before/checkpoint.safetensors || true # its clock may differ
  expect 2 'train.learning_rate' "$alfi" train tiny.toml --output model --resume --set train.learning_rate=0.1
  expect 2 'train.steps = 12, got 50: .* lets the learning rate fall over all steps' \
    "$alfi" train tiny.toml --output model --resume --set train.steps=50
  cmp model/model.safetensors before/model.safetensors
  cmp model/config.toml before/config.toml
  cmp model/history.csv before/history.csv
}

case_unwritable_directory() {
  tiny_configuration
  : >file
  expect 1 'file/d: the directory cannot be made' "$alfi" train tiny.toml --output file/d
  expect 1 'file: the directory cannot be made' "$alfi" train tiny.toml --output file
  expect 1 'cannot be (made|written)' "$alfi" train tiny.toml --output /proc/self/none
}

case_one_process_per_directory() {
  tiny_configuration
  "$alfi" train tiny.toml --output d --quiet --set train.steps=1000000 &
  local first=$!
  for ((i = 0; i < 200; ++i)); do
    [[ -e d/checkpoint.safetensors ]] && break
    sleep 0.1
  done
  expect 1 'another training is writing there' "$alfi" train tiny.toml --output d --resume
  kill -INT "$first"
  local status=0
  wait "$first" || status=$?
  [[ $status == 3 ]]
}

# stopped COMMAND...: ends with 3 and leaves a checkpoint; going on gives the model of an uninterrupted training.
case_stops_with_a_checkpoint() {
  tiny_configuration
  local steps=(--set train.steps=400 --set train.schedule=constant)
  "$alfi" train tiny.toml --output whole --quiet "${steps[@]}"
  expect 3 'stopped .--max-time is over. after [0-9]+ of 400 steps' \
    "$alfi" train tiny.toml --output d "${steps[@]}" --max-time 0.02s
  has d/run.json '"status": "stopped"'
  [[ -s d/checkpoint.safetensors ]]
  local signal
  for signal in INT TERM USR1; do
    "$alfi" train tiny.toml --output d --resume --quiet "${steps[@]}" &
    local process=$! status=0
    sleep 0.05
    kill -"$signal" "$process" 2>/dev/null || true
    wait "$process" || status=$?
    # Before its handlers are there a signal ends it as any other program; after the last step it is too late.
    [[ $status == 3 || $status == 0 || $status -gt 128 ]]
  done
  "$alfi" train tiny.toml --output d --resume --quiet "${steps[@]}"
  cmp whole/model.safetensors d/model.safetensors
  diff <(cut -d, -f1-7 whole/history.csv) <(cut -d, -f1-7 d/history.csv)
}

case_longer_at_constant_rate() {
  tiny_configuration
  local constant=(--set train.schedule=constant --quiet)
  "$alfi" train tiny.toml --output long "${constant[@]}" --set train.steps=24
  "$alfi" train tiny.toml --output d "${constant[@]}"
  expect 0 '' "$alfi" train tiny.toml --output d "${constant[@]}" --resume --set train.steps=24
  cmp long/model.safetensors d/model.safetensors
  diff <(cut -d, -f1-7 long/history.csv) <(cut -d, -f1-7 d/history.csv)
}

case_stop_file() {
  tiny_configuration
  "$alfi" train tiny.toml --output d --quiet --set train.steps=1000000 &
  local process=$! status=0
  for ((i = 0; i < 200; ++i)); do
    [[ -e d/checkpoint.safetensors ]] && break
    sleep 0.1
  done
  : >d/stop
  wait "$process" || status=$?
  [[ $status == 3 ]]
  [[ ! -e d/stop ]]
  has d/run.json 'asked to stop by the file'
}

case_killed_and_resumed() {
  tiny_configuration
  local steps=(--set train.steps=300)
  "$alfi" train tiny.toml --output whole --quiet "${steps[@]}"
  # Killed before the first checkpoint: starts anew and says so.
  mkdir d
  printf 'step,simulator_calls\n1,' >d/history.csv
  expect 0 'no checkpoint in d to resume from: starting anew' \
    "$alfi" train tiny.toml --output d --resume "${steps[@]}"
  cmp whole/model.safetensors d/model.safetensors
  # Killed at fifteen moments: the same bits in the end, and rows of the history neither lost nor twice.
  rm -r d
  RANDOM=1
  local killed=0
  for ((i = 0; i < 15; ++i)); do
    "$alfi" train tiny.toml --output d --resume --quiet "${steps[@]}" --threads $((1 + i % 2)) &
    local process=$!
    sleep "0.0$((RANDOM % 9))"
    kill -KILL "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || killed=$((killed + 1))
  done
  ((killed > 0))
  "$alfi" train tiny.toml --output d --resume --quiet "${steps[@]}"
  cmp whole/model.safetensors d/model.safetensors
  diff <(cut -d, -f1-7 whole/history.csv) <(cut -d, -f1-7 d/history.csv)
  [[ $(ls d | wc -l) == 5 ]]
}

case_full_disk() {
  tiny_configuration
  "$alfi" train tiny.toml --output d --quiet
  cp -r d before
  # No file may grow past 4 KiB: as on a full disk, write() fails half way.
  expect 1 'cannot be written' bash -c 'ulimit -f 4; exec "$0" train tiny.toml --output d --resume --quiet' "$alfi"
  cmp d/model.safetensors before/model.safetensors
  cmp d/checkpoint.safetensors before/checkpoint.safetensors
  if compgen -G 'd/*.partial*' >/dev/null; then return 1; fi
  expect 1 'cannot be written' bash -c 'ulimit -f 4; exec "$0" train tiny.toml --output e --quiet' "$alfi"
  [[ ! -e e/model.safetensors ]]
  "$alfi" simulate poisson --theta 1.35 --count 10 --output x.csv
  cp x.csv kept.csv
  expect 1 'x.csv: cannot be written' \
    bash -c 'ulimit -f 4; exec "$0" simulate poisson --theta 1.35 --count 100000 --output x.csv' "$alfi"
  cmp x.csv kept.csv
}

case_shipped_configurations() {
  for configuration in "$source"/configs/*.toml "$source"/configs/paper/*.toml "$source"/configs/sbibm/*.toml \
    "$source"/configs/sbibm/budget/*.toml; do
    expect 0 '' "$alfi" train "$configuration" --output "$(basename "$(dirname "$configuration")")_$(basename "$configuration")" \
      --quiet --set train.steps=1 --set train.problems=2 --set train.shard=2 --set train.validation_problems=2 \
      --set train.iterations=2 --set train.standardize=100
  done
}

# where FILE TENSOR: the place of its first byte in the file.
where() {
  local header
  header=$(od -An -tu8 -N8 "$1" | tr -d ' ')
  local begin
  begin=$(head -c $((8 + header)) "$1" | tail -c "$header" |
    sed -E "s/.*\"$2\":\{\"data_offsets\":\[([0-9]+).*/\1/")
  echo $((8 + header + begin))
}

case_numbers_that_blow_up() {
  tiny_configuration
  expect 3 '' "$alfi" train tiny.toml --output d --quiet --set train.steps=100000 --max-time 0.1s
  # Weights of 3.4e38: their products overflow in the next step.
  printf '\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f' |
    dd of=d/checkpoint.safetensors bs=1 seek="$(where d/checkpoint.safetensors weights.encoder.1.weight)" conv=notrunc status=none
  cp d/model.safetensors kept
  expect 1 '^alfi: step [0-9]+: ' "$alfi" train tiny.toml --output d --resume --quiet --set train.steps=100000
  cmp kept d/model.safetensors
  has d/run.json '"status": "failed"'
}

case_series_are_inferred() {
  expect 0 '' "$alfi" train "$source/configs/sir.toml" --output m --quiet --set train.steps=20 --set train.problems=8
  has m/config.toml 'encoder_kind = "vector"'
  has m/config.toml 'observed_max = 1'
  expect 0 '' "$alfi" infer m "$source/data/influenza_1978.csv" --iterations 2 --thetas 16
  has out 'sir: a series of 14 rows, 2 iterations, 32 simulator calls'
  expect 0 '' "$alfi" info m
  has out 'phi_inverse ~ exponential\(5\)$'
  "$alfi" simulate sir --theta 1.7,0.5,0.1 --count 2 --output two.csv
  expect 2 'two.csv: holds 2 series, expected one' "$alfi" infer m two.csv
  expect 2 'problem.observed_max: got 20, expected 1: the simulator makes one series' \
    "$alfi" train "$source/configs/sir.toml" --output n --set problem.observed_max=20
}

case_impossible_observations() {
  expect 0 '' "$alfi" train "$source/configs/sbibm/sir.toml" --output m --quiet --set train.steps=2 --set train.problems=4
  printf 'data_%d,' {1..9} >x.csv
  printf 'data_10\n0,1,352,40,3,0,0,0,0,0\n' >>x.csv
  expect 0 '' "$alfi" infer m x.csv --quiet
  for bad in -1 0.5 1013; do
    sed "s/352/$bad/" x.csv >y.csv
    expect 2 "^alfi: y.csv:2: data_3: got $bad, expected a whole number from 0 to 1000" "$alfi" infer m y.csv --quiet
  done
}

case_bank_in_the_simulators_place() {
  expect 0 '' "$alfi" simulate poisson --bank b --count 300 --observed 10
  has out '3000 simulator calls made, 0 of them failed'
  expect 0 '' "$alfi" simulate poisson --bank b --count 500 # as many of each as it has
  has out '2000 simulator calls made'
  "$alfi" simulate poisson --bank whole --count 500 --observed 10 --quiet >/dev/null
  cmp b whole
  expect 2 'b: the bank holds 500 rows' "$alfi" simulate poisson --bank b --count 400 --observed 10
  expect 2 'b: holds simulations of another simulator' "$alfi" simulate gaussian --bank b --count 600 --observed 10
  expect 0 'warning: one observation a draw: .* --observed N' "$alfi" simulate poisson --bank one --count 1
  has out '^one: 1 draw of the prior of poisson, 1 observation each; 1 simulator call made, 0 of them failed$'
  expect 0 '' "$alfi" simulate sir --bank series --count 2
  has out '2 draws of the prior of sir, 1 observation each'
  expect 2 '^usage: ' "$alfi" simulate poisson --bank b --count 600 --theta 1
  expect 2 '^usage: ' "$alfi" simulate poisson --count 600
  cmp b whole
  tiny_configuration
  sed -i '/observed_m/d' tiny.toml
  expect 0 '' "$alfi" train tiny.toml --output d --quiet --set train.bank=b --set train.observations=10
  [[ $(tail -n 1 d/history.csv | cut -d, -f 2) == 5000 ]]
  if grep -aq 'train.bank = b' d/model.safetensors; then return 1; fi
  "$alfi" simulate poisson --theta 1.35 --count 10 --output x.csv
  expect 0 '' "$alfi" infer d x.csv --bank b
  has out ', 0 simulator calls'
  expect 2 'x.csv: ' "$alfi" infer d x.csv --bank x.csv
  expect 2 'train.observations: got 11, expected at most 10, which train.bank holds' \
    "$alfi" train tiny.toml --output e --quiet --set train.bank=b --set train.observations=11
}

case_report_shows_a_training() {
  tiny_model
  "$alfi" simulate poisson --theta 1.35 --count 10 --output x.csv
  expect 0 '' "$alfi" report model --problems 30 --quiet
  has out '^model/report/report.html, and 17 figures beside it$'
  [[ $(ls model/report/*.svg | wc -l) == 17 && $(ls model/report/*.csv | wc -l) == 17 ]]
  for part in walks iterations recovery calibration posterior predictive training; do
    has model/report/report.html "<section id=\"$part\">"
  done
  [[ $(grep -c '</svg>' model/report/report.html) == 17 ]]
  # One page that needs nothing else.
  if grep -Eq '<(script|link|img)|https?://|url\((http|/)' model/report/report.html; then return 1; fi
  # The same whatever the threads; observations of one's own, elsewhere.
  "$alfi" report model --problems 30 --quiet --threads 1 --output again >/dev/null
  diff -r model/report again
  expect 0 '' "$alfi" report model --problems 30 --observations x.csv --output own --json own.json --quiet
  has own/report.html 'x\.csv'
  has own.json '"problems": 30'
  expect 0 '' "$alfi" report model --problems 20 --refine 300 --likelihood auto --output refined --json refined.json --quiet
  has refined.json '"refined": true'
  expect 2 'got .learned. for sets' "$alfi" report model --problems 20 --refine 300 --likelihood learned --output no
  # Without a history there is no training to show, the rest is.
  rm model/history.csv
  expect 0 '' "$alfi" report model --problems 30 --quiet
  if grep -q 'id="training"' model/report/report.html; then return 1; fi
  expect 2 'nowhere: is no directory, expected one that alfi train wrote' "$alfi" report nowhere
  expect 2 '^usage: alfi report DIR' "$alfi" report model --problems 3
}

case_draws_as_netcdf() {
  tiny_model
  "$alfi" simulate poisson --theta 1.35 --count 10 --output x.csv
  if "$alfi" infer model x.csv --draws 50 --netcdf d.nc --quiet >/dev/null 2>why; then
    # HDF5's own signature: NetCDF 4.
    [[ $(head -c 4 d.nc | tail -c 3) == HDF && ! -e d.nc.partial ]]
    if command -v ncdump >/dev/null; then
      ncdump d.nc >text
      for part in 'group: posterior' 'group: sample_stats' 'group: observed_data' 'log_rate\(chain, draw\)' 'draw = 50'; do
        has text "$part"
      done
    fi
    expect 1 'nowhere/d.nc: cannot be written' "$alfi" infer model x.csv --draws 50 --netcdf nowhere/d.nc --quiet
  else
    has why 'this build has no NetCDF'
  fi
  expect 2 '^usage: alfi infer' "$alfi" infer model x.csv --netcdf d.nc
}

case_budget_is_kept() {
  tiny_configuration
  expect 0 '^budget: 200 draws of the prior with 20 observations each, the larger of problem.observed_max' \
    "$alfi" train tiny.toml --output d --budget 4e3
  [[ -s d/bank.safetensors ]]
  has d/run.json '"simulator_calls": 4000'
  [[ $(tail -n 1 d/history.csv | cut -d, -f2) == 4000 ]]
  cp d/bank.safetensors kept
  expect 0 '' "$alfi" train tiny.toml --output d --budget 4e3 --quiet --resume
  cmp kept d/bank.safetensors
  # What a killed training had simulated is not simulated again.
  mkdir e
  cp kept e/bank.safetensors
  expect 0 '' "$alfi" train tiny.toml --output e --budget 4e3 --quiet --resume
  cmp d/model.safetensors e/model.safetensors
  mkdir f
  cp kept f/bank.safetensors
  expect 2 'f/bank.safetensors: holds 4000 simulations with seed 1, expected at most 3000' \
    "$alfi" train tiny.toml --output f --budget 3000 --quiet --resume
  expect 2 '^alfi: --budget: got "1.5", expected an integer from' "$alfi" train tiny.toml --output g --budget 1.5
  expect 2 '^alfi: --budget: train.budget: got 100, expected at least 2000: 100 draws of the prior with 20 observations each, .*problem.observed_max, 20' "$alfi" train tiny.toml --output g --budget 100
}

case_refined_and_derived() {
  expect 0 '' "$alfi" train "$source/configs/sir.toml" --output m --quiet --set train.steps=20 --set train.problems=8
  expect 0 '' "$alfi" infer m "$source/data/influenza_1978.csv" --iterations 2 --thetas 16 --refine 2000 --quiet \
    --derive R0=beta/gamma --derive 'days=1/gamma' --draws 10 --output draws.csv --json i.json
  has out 'sir: a series of 14 rows, 2 iterations and a refinement .by a local Gaussian., 2032 simulator calls'
  has i.json '"likelihood": "local"'
  has out '^R0 +- +[23]\.'
  has i.json '"R0":'
  [[ $(grep -v '^#' draws.csv | head -n 1) == lp__,beta,gamma,phi_inverse,R0,days ]]
  grep -v '^#' draws.csv | tail -n +2 | awk -F, '{ off = $5 - $2 / $3; if (off * off > 1e-8) exit 1 }'
  expect 2 'expected a parameter .beta, gamma or phi_inverse. at character 6' \
    "$alfi" infer m "$source/data/influenza_1978.csv" --derive 'R0=beta/delta'
  expect 2 'expected NAME=EXPRESSION' "$alfi" infer m "$source/data/influenza_1978.csv" --derive beta
  expect 2 '^alfi: --refine: got 10, expected [0-9]+ to ' "$alfi" infer m "$source/data/influenza_1978.csv" --refine 10
  expect 2 '^alfi: --thetas: got 2, expected 6 to ' "$alfi" infer m "$source/data/influenza_1978.csv" --thetas 2
  expect 2 '^alfi: --likelihood: got "auto", .* but infer.refine .--refine. is 0' \
    "$alfi" infer m "$source/data/influenza_1978.csv" --likelihood auto
  expect 2 '^alfi: --likelihood: got "learned", .* but --refine is 0: expected a number of simulations' \
    "$alfi" infer m "$source/data/influenza_1978.csv" --likelihood learned --refine 0
  expect 0 'learned from 500 simulations: answers from fewer than 10000 can be too narrow; --refine 10000 or more makes' \
    "$alfi" infer m "$source/data/influenza_1978.csv" --likelihood learned --refine 500
  tiny_model
  "$alfi" simulate poisson --theta 1.35 --count 10 --output x.csv
  expect 0 '' "$alfi" infer model x.csv --iterations 1 --refine 300 --quiet
  has out 'poisson: 10 observations, 1 iteration and a refinement .by a local Gaussian., 3024 simulator calls'
  expect 0 '' "$alfi" evaluate model --problems 4 --refine 300 --json e.json --quiet
  has out '^poisson: 4 problems of 5 to 20 observations, 2 iterations and a refinement .(by a local Gaussian|left out [0-9] times of 4).'
  has e.json '"learned": 0'
  has out '^ +refined  '
  has e.json '"iterations": 2,'
  has e.json '"refined": true'
  # Sets have no learned likelihood: told before anything is simulated.
  expect 2 '^alfi: --likelihood: got .learned. for sets, expected .local.' \
    "$alfi" infer model x.csv --refine 300 --likelihood learned
}

case_check() {
  tiny_model
  # Of twelve steps: whether it is calibrated is not this test's affair, but that it says so.
  local status=0
  "$alfi" check model --problems 60 --json c.json --quiet >out || status=$?
  # Of few problems even a pass is not called calibrated.
  has out '(NOT calibrated|No miscalibration found, of which so few problems show little): where truths lie'
  has out '^Answers 0\.[0-9]+ times as wide as they should be, or 2\.[0-9]+ times, fail half of all checks by 60 problems'
  has out '^quantity +inside +p +furthest off +errors / sds +answers are$'
  has out 'gap to the exact posterior'
  if grep -q '^No miscalibration' out; then [[ $status == 0 ]]; else [[ $status == 1 ]]; fi
  for key in calibrated visible shift spread error_ratio points band quantities expected_coverage negative_log_density prior_negative_log_density \
    disagreement; do
    has c.json "\"$key\":"
  done
  "$alfi" check model --problems 60 --json - --quiet --threads 1 --output pictures >d.json || true
  has pictures/check.svg 'poisson: (NOT calibrated|no miscalibration found), 60 problems'
  has pictures/check.csv '^distance,'
  diff <(grep -v '"seconds"' c.json) <(grep -v '"seconds"' d.json)
  "$alfi" simulate poisson --theta 3 --count 20 --output x.csv
  expect 0 '' "$alfi" check model x.csv --json p.json --replicates 200 --quiet
  has out '^mean of count'
  has out '^All together: p [0-9.e-]+(, at least 0\.05: no sign of a misfit|, from 0\.01 to 0\.05: the fit is doubtful)'
  has p.json '"statistics":'
  printf 'count\n' >odd.csv
  for ((i = 0; i < 10; ++i)); do printf '0\n300\n' >>odd.csv; done
  expect 1 '' "$alfi" check model odd.csv --quiet
  has out '^All together: p [0-9.e-]+, below 0\.01: they do NOT fit'
  "$alfi" check model --problems 20 --refine 144 --json r.json --quiet >out || true
  has out '^Refinements: (by a local Gaussian|left out [0-9]+ times? of 20)\.$'
  has r.json '"refinements": \{'
  [[ $(sed -nE 's/.*"left_out": ([0-9]+).*/\1/p' r.json) == "$(sed -nE 's/^Refinements: left out ([0-9]+) .*/\1/p; s/^Refinements: by .*/0/p' out)" ]]
  has c.json '"refined": false'
  expect 2 '^usage: ' "$alfi" check model --bank b
  expect 2 '^usage: ' "$alfi" check model x.csv --output pictures
}
