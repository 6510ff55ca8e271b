# What people give: command lines, configurations, observations, model files. Sourced by run_case.sh.

case_help_and_version() {
  expect 0 '' "$alfi" --version
  has out '^alfi [0-9]+\.[0-9]+\.[0-9]+$'
  expect 0 '' "$alfi" --help
  has out '^usage: alfi '
  for subcommand in simulators simulate train infer evaluate info; do
    expect 0 '' "$alfi" "$subcommand" --help
    has out "^usage: alfi $subcommand"
  done
}

case_help_of_refinements() {
  expect 0 '' "$alfi" check --help
  tr -s ' \n' ' ' <out >words
  has words 'at least 96 and 48 more for each parameter, at most 4000000; 0: none'
  has words 'seconds to minutes, from --refine 10000 or more .* --refine 12500 or more'
  has words 'p below 0.01; from 0.01 to 0.05 it is called doubtful'
}

case_wrong_use() {
  expect 2 '^usage: alfi ' "$alfi"
  expect 2 'got "trian".*did you mean "train"' "$alfi" trian
  expect 2 '^usage: alfi train ' "$alfi" train
  expect 2 '^usage: alfi train ' "$alfi" train --output x
  expect 2 '^usage: alfi infer ' "$alfi" infer model
  expect 2 '^usage: alfi info ' "$alfi" info --unknown
  expect 2 '--count: got nothing, expected the number of observations' "$alfi" simulate poisson --theta 1
  expect 2 '--count: got nothing, expected the number of draws in b' "$alfi" simulate poisson --bank b
  expect 2 'got "3", expected nothing like it; numbers of one option go together' "$alfi" simulate gaussian --theta 5 3
  expect 2 'got "stray", "--outputs" .did you mean "--output".., expected nothing' \
    "$alfi" simulate gaussian --theta 5,3 --count 1 stray --outputs
  expect 2 '^usage: alfi infer ' "$alfi" infer model x.csv --draws 10
  expect 2 '^usage: alfi evaluate ' "$alfi" evaluate model --problems 1
}

case_option_values() {
  local simulate=("$alfi" simulate poisson --theta 1.35 --count)
  for count in 0 -1 1.5 many 99999999999999999999 ''; do
    expect 2 '--count: got "?.*expected an integer from 1' "${simulate[@]}" "$count"
  done
  expect 0 '' "${simulate[@]}" 1e2
  [[ $(grep -vc '^#' out) == 101 ]]
  expect 2 '--seed: got "-1"' "${simulate[@]}" 1 --seed -1
  expect 2 '--seed: got "18446744073709551615"' "${simulate[@]}" 1 --seed 18446744073709551615
  expect 2 '--threads: got "x"' "${simulate[@]}" 1 --threads x
  expect 2 '--device: got "gpu", expected auto, cpu or cuda' "${simulate[@]}" 1 --device gpu
  # Without a GPU, or with all of them hidden: says why, whatever the build.
  local none=(env CUDA_VISIBLE_DEVICES=)
  expect 1 '--device cuda: (no CUDA driver|no GPU|this alfi was built without CUDA)' "${none[@]}" "${simulate[@]}" 1 \
    --device cuda
  tiny_configuration
  expect 1 '--device cuda: ' "${none[@]}" "$alfi" train tiny.toml --output model --device cuda
  [[ ! -e model ]]
  expect 0 'threads' "${none[@]}" "$alfi" train tiny.toml --output model --device auto
  for command in infer evaluate; do
    local rest=(model)
    [[ $command == evaluate ]] || rest+=("$source/data/rutherford_geiger_1910.csv")
    expect 1 '--device cuda: ' "${none[@]}" "$alfi" "$command" "${rest[@]}" --device cuda
  done
  expect 0 '' "${simulate[@]}" 1 --device cpu
  expect 0 '' "${simulate[@]}" 1 --device auto
  expect 2 '--max-time: got "soon"' "$alfi" train x.toml --output x --max-time soon
}

case_simulators() {
  expect 0 '' "$alfi" simulators
  [[ $(wc -l <out) -le 24 ]]
  for name in gaussian linear_regression lotka_volterra multivariate muon_asymmetry poisson predator_prey_jumps sir weinberg \
    sbibm/{bernoulli_glm{,_raw},gaussian_{linear,linear_uniform,mixture},lotka_volterra,sir,slcp{,_distractors},two_moons}; do
    has out "^$name  "
  done
  has out '^poisson +log_rate +counts of'
  has out '^lotka_volterra +8 parameters +hare and lynx'
  expect 0 '' "$alfi" simulators sbibm/sir sbibm/bernoulli_glm
  has out 'data_10 .each a whole number from 0 to 1000.; one row'
  has out 'observation: data_1 .a whole number from 0 to 100., data_2 .a number from -[0-9.]+ to [0-9.]+., '
  expect 0 '' "$alfi" simulators sbibm/slcp_distractors lotka_volterra poisson
  has out '^lotka_volterra: hare and lynx'
  has out 'observation: data_1, data_2, \.\.\., data_100; one row'
  has out 'observation: hare \[1000 pelts\], lynx \[1000 pelts\] .each a number of at least 0.; a series of 21 rows by year'
  has out 'observation: count .a whole number of at least 0.; a set'
  has out 'log_rate .*uniform\(0.2, 7\)'
  tiny_model
  expect 2 '^alfi: NAME: got "model", expected a name that alfi simulators lists; what a model holds says alfi info model$' \
    "$alfi" simulators poisson model
  expect 2 'NAME: got "tiny.toml", .* a configuration is for alfi train' "$alfi" simulators tiny.toml
  expect 2 'unknown simulator "poison" .did you mean "poisson"' "$alfi" simulators poison
}

case_simulate() {
  expect 0 '' "$alfi" simulate poisson --theta 1.35 --count 500 --output a.csv
  "$alfi" simulate poisson --theta 1.35 --count 500 >b.csv
  cmp a.csv b.csv
  [[ $(grep -v '^#' a.csv | head -n 1) == count ]]
  [[ $(grep -vc '^#' a.csv) == 501 ]]
  # Mean of 500 counts of rate 3.857: sd 0.088; six of them: a false alarm in 5e8.
  awk '!/^#/ && NR > 3 {sum += $1} END {exit !(sum / 500 > 3.33 && sum / 500 < 4.39)}' a.csv
  "$alfi" simulate poisson --theta 1.35 --count 500 --seed 2 >c.csv
  if cmp -s <(grep -v '^#' a.csv) <(grep -v '^#' c.csv); then return 1; fi
  expect 0 '' "$alfi" simulate linear_regression --theta 1,0.5,0 --count 3 --set simulator.parameters.slopes=2
  expect 0 '' "$alfi" simulate poisson --theta 1.35 --count 7 --output a.csv --json a.json
  has a.json '"count": 7'
  expect 0 '' "$alfi" simulate gaussian --theta -1.5,-0.5 --count 3
}

case_simulate_series() {
  local theta=0.55,0.028,0.8,0.024,0.25,0.25,34,6
  expect 0 '' "$alfi" simulate lotka_volterra --theta $theta --output one.csv
  [[ $(sed -n 3p one.csv) == year,hare,lynx ]]
  [[ $(wc -l <one.csv) == 24 ]]
  has one.csv '^20,[0-9.]+,[0-9.]+$'
  expect 0 '' "$alfi" simulate lotka_volterra --theta $theta --count 3 --output three.csv
  cmp <(sed -n 4,24p one.csv) <(sed -n '4,24s/^1,//p' three.csv)
  has three.csv '^3,20,'
  expect 0 '' "$alfi" simulate sir --theta 1.7,0.5,0.1 --count 1
  has out '^14,[0-9]+$'
  expect 1 'all 2 calls failed' "$alfi" simulate predator_prey_jumps --theta -5,-5,2,-5 --count 2
  expect 0 '' "$alfi" simulate predator_prey_jumps --theta -4.605,-0.693,0,-4.605 --count 1 \
    --set simulator.parameters.tau=0.05
  has out '^0.6,[0-9]+,[0-9]+$'
  has out '^30,[0-9]+,[0-9]+$'
}

case_simulate_refuses() {
  expect 2 'NAME: got "poison" .did you mean "poisson".., expected a simulator that' \
    "$alfi" simulate poison --theta 1 --count 1
  expect 2 '--theta: log_rate: got 9, expected .*0.2 to 7' "$alfi" simulate poisson --theta 9 --count 1
  expect 2 '--theta: got 2 numbers, expected 1: log_rate' "$alfi" simulate poisson --theta 1,2 --count 1
  for theta in nan inf 1e999 a '1;2' ''; do
    expect 2 '--theta: got|requires|required' "$alfi" simulate poisson --theta "$theta" --count 1
  done
  expect 2 'simulator.parameters.slops: unknown option' \
    "$alfi" simulate linear_regression --theta 1 --count 1 --set simulator.parameters.slops=2
  expect 2 '--set: got "train.steps=2"' "$alfi" simulate poisson --theta 1 --count 1 --set train.steps=2
}

case_closed_pipe_and_full_output() {
  "$alfi" simulate poisson --theta 1.35 --count 1000000 2>err | head -n 1 >out
  [[ ! -s err ]]
  expect 1 'standard output cannot be written' bash -c '"$0" simulators >/dev/full' "$alfi"
  expect 1 'cannot be written' "$alfi" simulate poisson --theta 1 --count 9 --output /dev/full
}

case_results_that_cannot_be_written() {
  tiny_model
  printf 'count\n3\n' >x.csv
  echo kept >there
  mkdir directory
  # Before anything is read, let alone computed: there is no such model.
  local infer=("$alfi" infer none x.csv --draws 5)
  expect 1 '^alfi: --output nowhere/d.csv: cannot be written: No such file' "${infer[@]}" --output nowhere/d.csv
  expect 1 '^alfi: --output directory: cannot be written: Is a directory' "${infer[@]}" --output directory
  expect 1 '^alfi: --json x.csv/i.json: cannot be written: Not a dir' "${infer[@]}" --output d.csv --json x.csv/i.json
  expect 1 '^alfi: --json nowhere/e: cannot be written' "$alfi" evaluate none --json nowhere/e
  expect 1 '^alfi: --bank nowhere/b: cannot be written' "$alfi" simulate poisson --bank nowhere/b --count 10000000
  expect 1 '^alfi: --json nowhere/r: cannot be written' "$alfi" train tiny.toml --output d --json nowhere/r
  expect 1 '^alfi: --json nowhere/c: cannot be written' "$alfi" check model --json nowhere/c
  expect 1 '^alfi: --json nowhere/c: cannot be written' "$alfi" compare model --json nowhere/c --quiet
  expect 1 '^alfi: --json nowhere/r: cannot be written' "$alfi" report model --json nowhere/r --quiet
  expect 2 'none' "${infer[@]}" --output there
  [[ $(cat there) == kept && ! -e d.csv && ! -e d/model.safetensors ]]
  # Into what the command makes itself; and what is there is replaced in the end.
  expect 0 '' "$alfi" report model --problems 20 --quiet --output new --json new/r.json
  expect 0 '' "$alfi" train tiny.toml --output e --json e/again.json --quiet
  expect 0 '' "$alfi" simulate poisson --theta 1 --count 3 --output there
  has there '^count$'
}

case_dump_defaults() {
  "$alfi" train --dump-defaults >defaults.toml
  has defaults.toml '^steps = 2000'
  # What it prints is a configuration: every value is the default, so a training resolves it to itself.
  sed 's/^name = ""/name = "poisson"/' defaults.toml >named.toml
  expect 2 'train.steps: got 0' "$alfi" train named.toml --output x --set train.steps=0
}

case_configurations() {
  local train=("$alfi" train c.toml --output out_directory)
  expect 2 'c.toml: cannot be read: No such file' "${train[@]}"
  : >c.toml
  expect 2 'simulator.name: got nothing' "${train[@]}"
  while IFS='|' read -r text pattern; do
    printf '[simulator]\nname = "poisson"\n%b\n' "$text" >c.toml
    expect 2 "$pattern" "${train[@]}"
  done <<'END'
[train]\nstep = 5|c.toml:4: train.step: unknown key .did you mean "train.steps"
[trian]\nsteps = 5|c.toml:3: trian: unknown key .did you mean "train"
steps = 5|simulator.steps: unknown key .did you mean "train.steps"
[train]\nsteps = 0|^alfi: c.toml:4: train.steps: got 0, expected at least 1
[train]\nsteps = -4|^alfi: c.toml:4: train.steps: got -4, expected at least 1
[train]\nsteps = "many"|c.toml:4: train.steps: got "many", expected an integer
[train]\nsteps = 1.5|train.steps: got a number with a fraction, expected an integer
[train]\nsteps = 99999999999999999999|c.toml:4: not sound TOML
[train]\nlearning_rate = nan|^alfi: c.toml:4: train.learning_rate: got nan
[train]\nthrough_time = 1|train.through_time: got 1, expected true or false
[train]\nseed = -1|^alfi: c.toml:4: train.seed: got -1
[train\nsteps = 5|c.toml:[0-9]+: not sound TOML
[train]\nsteps = 5\nsteps = 6|c.toml:5: not sound TOML
[train]\nshard = 3|^alfi: c.toml:4: train.shard: got 3, expected a power of two
[network]\ncell = "rnn"|^alfi: c.toml:4: network.cell: got "rnn", expected lstm or gru
[network]\nencoder = [50, 50]|^alfi: c.toml:4: network.encoder: got 2 widths, expected 3
[network]\nencoder = [50, "a", 5]|network.encoder: got "a", expected an integer
[network]\nencoder = 5|network.encoder: got 5, expected a list of integers
[problem]\nobserved_min = 2000|^alfi: c.toml:4: problem.observed_min: got 2000
[simulator.parameters]\nrate = 5|^alfi: c.toml:4: simulator.parameters.rate: unknown option
END
  printf '[simulator]\nname = "poison"\n' >c.toml
  expect 2 '^alfi: c.toml:2: simulator.name: .*did you mean "poisson"' "${train[@]}"
  expect 2 '^alfi: c.toml:2: simulator.name: .*did you mean "poisson"' "$alfi" simulate c.toml --theta 1 --count 1
  # What only the simulator shows: found by the training itself.
  printf '[simulator]\nname = "sir"\n[train]\nthetas = 4\n' >c.toml
  expect 2 '^alfi: c.toml:4: train.thetas: got 4, expected at least 6' "${train[@]}"
  printf '[simulator]\nname = "sir"\n[infer]\nrefine = 5\n' >c.toml
  expect 2 '^alfi: c.toml:4: infer.refine: got 5 simulations, expected at least 240 for 3 parameters' "${train[@]}"
  printf '[simulator]\nname = "sir"\n' >c.toml
  expect 2 '^alfi: --set train.thetas: train.thetas: got 3, expected' "${train[@]}" --set train.thetas=3
  [[ ! -e out_directory/model.safetensors ]]
}

case_settings() {
  tiny_configuration
  local train=("$alfi" train tiny.toml --output d --quiet)
  expect 2 '--set train.step: train.step: unknown key' "${train[@]}" --set train.step=5
  expect 2 '^alfi: --set network.cell: network.cell: got "rnn", expected lstm or gru' "${train[@]}" --set network.cell=rnn
  expect 2 'train.steps: got "x"' "${train[@]}" --set train.steps=x
  expect 2 '^usage: alfi train' "${train[@]}" --set train.steps
  expect 0 '' "${train[@]}" --set train.steps=2 --set network.cell=gru --set network.encoder=[4,4,2] --seed 7
  has d/config.toml '^cell = "gru"'
  has d/config.toml '^encoder = \[4, 4, 2\]'
  has d/config.toml '^seed = 7'
  # The resolved configuration resolves to itself.
  expect 0 '' "$alfi" train d/config.toml --output e --quiet
  cmp d/config.toml e/config.toml
  cmp d/model.safetensors e/model.safetensors
}

case_observations() {
  tiny_model
  expect 2 'x.csv: cannot be read: No such file' "$alfi" infer model x.csv
  while IFS='|' read -r text pattern; do
    printf '%b' "$text" >x.csv
    expect 2 "$pattern" "$alfi" infer model x.csv
  done <<'END'
|x.csv:1: the file is empty, expected a header with "count"
# nothing\n|x.csv:1: the file is empty
count\n|x.csv:1: a header without rows
counts\n1\n|x.csv:1: column "count" is missing: got "counts"
count,count\n1,2\n|x.csv:1: column "count" appears twice
count\n1\nfive\n|x.csv:3: count: got "five", expected a finite number
count\n1\n\n2,3\n|x.csv:4: got 2 fields, expected 1
count\nnan\n|x.csv:2: count: got "nan"
count\n-inf\n|x.csv:2: count: got "-inf"
count\n1e999\n|x.csv:2: count: got "1e999"
count\n1e39\n|x.csv:2: count: got "1e39"
count\n3\n\0\0\n|x.csv:3: holds a zero byte, expected text: a CSV file in UTF-8
\xff\xfec\0o\0u\0n\0t\0\n\0|x.csv:1: holds a zero byte
count,day\n1,\n,2\n|x.csv:3: count: got ""
count\n1\n-1\n|x.csv:3: count: got -1, expected a whole number of at least 0
count\n2.5\n|x.csv:2: count: got 2.5, expected a whole number
END
  printf '\xef\xbb\xbf# a comment\r\n"day", "count" \r\n1,3\r\n\r\n2,+4.0\r\n' >x.csv
  expect 0 'x.csv:2: columns not used: "day"' "$alfi" infer model x.csv
  has out '^poisson: 2 observations'
  expect 2 'cannot be read' "$alfi" infer model .
  "$alfi" simulate poisson --theta 1.35 --count 7 | expect 0 '' "$alfi" infer model -
  has out '^poisson: 7 observations'
  # One alone is held against the answer's predictive, too.
  printf 'count\n100000\n' | expect 0 'warning: count is 1e.05, the answer.s own predictive has' "$alfi" infer model -
  printf 'count\n-1\n' | expect 2 '^alfi: standard input:2: count: got -1' "$alfi" infer model -
}

# patch FILE OFFSET BYTES: overwrites bytes in place.
patch() { printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

case_model_files() {
  tiny_model
  "$alfi" simulate poisson --theta 1.35 --count 10 --output x.csv
  local whole=model/model.safetensors size
  size=$(stat -c %s "$whole")
  expect 2 'm: cannot be read: No such file' "$alfi" info m
  for bytes in 0 7 8 100 $((size / 2)) $((size - 1)); do
    head -c "$bytes" "$whole" >m
    for command in info "infer" evaluate; do
      local arguments=("$alfi" "$command" m)
      [[ $command == infer ]] && arguments+=(x.csv)
      expect 2 '^alfi: m: ' "${arguments[@]}"
    done
  done
  cp "$whole" m
  patch m 0 '\x00\x00\x00\x00\x00\x00\x00\x10' # 2^60
  expect 2 'm: header length 1152921504606846976, expected at most' "$alfi" info m
  (cat "$whole" && printf x) >m
  expect 2 'm: holds [0-9]+ bytes of data, expected' "$alfi" info m
  # Same length, other content.
  while IFS='|' read -r from to pattern; do
    LC_ALL=C sed "s/$from/$to/" "$whole" >m
    if cmp -s "$whole" m; then
      echo "no $from in the model file" >&2
      return 1
    fi
    expect 2 "^alfi: .*($pattern)" "$alfi" infer m x.csv
  done <<'END'
"format_version":"[0-9]*"|"format_version":"9"|format_version
"dtype":"F32"|"dtype":"I32"|dtype "I32"
"dtype":"F32"|"dtype":"F64"|do not fit together
"data_offsets":\[0,|"data_offsets":[8,|do not fit together|a gap|overlap
train.steps = |train.stops = |train.stops: unknown key
train.steps = 1|train.steps = x|train.steps: got "x
train.problems = 8|train.problems = 0|train.problems: got 0
simulator.name = poisson|simulator.name = poisron|simulator.name
"__metadata__"|"--metadata__"|described otherwise
END
}

case_garbage_model() {
  head -c 5000 /dev/urandom >m
  expect 2 '^alfi: m: ' "$alfi" info m
  printf '\x02\0\0\0\0\0\0\0{}' >m
  expect 2 '^alfi: m: ' "$alfi" info m
  printf '\x06\0\0\0\0\0\0\0[[[[[[' >m
  expect 2 '^alfi: m: ' "$alfi" info m
  mkdir empty
  expect 2 'empty/model.safetensors: cannot be read' "$alfi" info empty
}

case_manual_page() {
  "$alfi" --man >alfi.1
  has alfi.1 '^\.TH ALFI 1 '
  # Every subcommand and option that --help lists.
  "$alfi" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p' >subcommands
  [[ $(wc -l <subcommands) -ge 7 ]]
  while read -r subcommand; do
    has alfi.1 "^\.SS $subcommand$"
    for option in $("$alfi" "$subcommand" --help | sed -nE 's/^ +(--[a-z-]+).*/\1/p'); do
      has alfi.1 "^.fB${option//-/.-}.fR"
    done
  done <subcommands
  if command -v groff >/dev/null; then
    groff -man -Tascii -ww -z alfi.1 2>warnings
    [[ ! -s warnings ]]
  fi
}

case_completion() {
  ln -s "$alfi" alfi
  PATH=$PWD:$PATH
  # shellcheck source=/dev/null
  source "$source/tools/shell/alfi.bash"
  # completed WORD...: what completes the last of them.
  completed() {
    trap - ERR  # no file of that name is no failure
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _alfi
    printf '%s ' "${COMPREPLY[@]}"
  }
  [[ $(completed alfi ev) == 'evaluate ' ]]
  [[ $(completed alfi train --max) == '--max-time ' ]]
  [[ $(completed alfi infer model --device c) == 'cpu cuda ' ]]
  [[ $(completed alfi simulate pois) == 'poisson ' ]]
  touch observations.csv
  [[ $(completed alfi infer model obs) == 'observations.csv ' ]]
}
