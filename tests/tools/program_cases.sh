# Simulators that are programs: described in TOML, trained, and not run because a model file says so. Sourced by
# run_case.sh.

# counter.toml and the program of examples/worker beside it; tiny.
tiny_program() {
  tiny_configuration
  cp "$(dirname "$alfi")/../examples/worker/counter" .
  cp "$source/examples/worker/counter.toml" described.toml
  sed '/^\[problem\]/,$d' described.toml >counter.toml
  sed '1,/^name = "poisson"/d' tiny.toml >>counter.toml
}

# Processes that run ./counter.
counters() {
  local count=0 process
  for process in /proc/[0-9]*; do
    if [[ $(readlink "$process/exe" 2>/dev/null || true) == "$PWD/counter"* ]]; then count=$((count + 1)); fi
  done
  echo "$count"
}

case_program_from_training_to_inference() {
  tiny_program
  expect 0 '' "$alfi" train counter.toml --output d --quiet
  has d/config.toml '^command = \["./counter"\]'
  has d/config.toml '^prior = \["gamma", 2.0, 0.5\]'
  # The resolved configuration resolves to itself; threads, and with them workers, do not matter.
  expect 0 '' "$alfi" train d/config.toml --output e --quiet --threads 3
  cmp d/config.toml e/config.toml
  cmp d/model.safetensors e/model.safetensors
  expect 0 '' "$alfi" simulate counter.toml --theta 3 --count 10 --output x.csv
  local refused='d/model.safetensors: its simulator is the program ./counter, .*--simulator-command COMMAND .*--trust-model'
  expect 2 "$refused" "$alfi" infer d x.csv
  expect 2 "$refused" "$alfi" evaluate d --problems 10
  expect 2 "$refused" "$alfi" simulate d --theta 3 --count 10
  expect 0 '' "$alfi" infer d x.csv --trust-model --json trusted.json
  has out 'rate +1/s'
  expect 0 '' "$alfi" infer d x.csv --simulator-command "'./counter'" --json named.json
  diff <(grep -v seconds trusted.json) <(grep -v seconds named.json)
  expect 0 '' "$alfi" evaluate d --problems 10 --trust-model --quiet
  expect 0 '' "$alfi" simulate d --theta 3 --count 10 --trust-model --output y.csv
  cmp x.csv y.csv
  [[ $(counters) == 0 ]]
  # Nor does a file say what is written.
  "$alfi" train counter.toml --output logged --quiet --set simulator.log=said.txt
  rm said.txt
  "$alfi" info logged >out
  expect 0 '' "$alfi" infer logged x.csv --simulator-command ./counter
  [[ ! -e said.txt ]]
  expect 0 '' "$alfi" infer logged x.csv --trust-model
  [[ -e said.txt ]]
  expect 2 '^usage: alfi infer' "$alfi" infer d x.csv --trust-model --simulator-command ./counter
  # What a file holds can be looked at without its program.
  rm counter
  expect 0 '' "$alfi" info d
  has out '^name = "rate"'
  expect 2 'simulator.command: ./counter cannot be run: No such file' "$alfi" infer d x.csv --trust-model
  expect 2 '--simulator-command: a quote|a quote " does not end' "$alfi" infer d x.csv --simulator-command '"./counter'
  expect 2 'got poisson|is no program' bash -c '"$0" train tiny.toml --output p --quiet && "$0" infer p x.csv --simulator-command true' "$alfi"
  expect 0 '' "$alfi" infer p x.csv --trust-model --quiet
}

# The training's own program may move, its priors may not change.
case_program_resumed() {
  tiny_program
  "$alfi" train counter.toml --output whole --quiet
  expect 3 '' "$alfi" train counter.toml --output d --quiet --max-time 0.000001s
  mv counter counter_2
  expect 2 './counter cannot be run' "$alfi" train counter.toml --output d --resume
  expect 2 'simulator.theta.0.prior = gamma 2 0.5, got gamma 2 1' \
    "$alfi" train counter.toml --output d --resume --simulator-command ./counter_2 \
    --set 'simulator.theta=[{name = "rate", prior = ["gamma", 2, 1], unit = "1/s", description = "of the source"}]'
  expect 0 '' "$alfi" train counter.toml --output d --resume --quiet --simulator-command ./counter_2 \
    --set simulator.workers=1 --set simulator.window=3
  # The same weights; the configuration says what has run.
  "$alfi" info whole | grep -v '^command\|^workers\|^window\|^file\|^size\|planned' >a
  "$alfi" info d | grep -v '^command\|^workers\|^window\|^file\|^size\|planned' >b
  diff a b
  mv counter_2 counter
  expect 0 '' "$alfi" simulate counter.toml --theta 3 --count 20 --output x.csv
  "$alfi" infer whole x.csv --simulator-command ./counter --json - --quiet | grep -v seconds >a
  "$alfi" infer d x.csv --simulator-command ./counter --json - --quiet | grep -v seconds >b
  diff a b
}

case_program_killed_with_its_training() {
  tiny_program
  "$alfi" train counter.toml --output d --quiet --set train.steps=1000000 &
  local training=$!
  for ((i = 0; i < 200; ++i)); do
    [[ -e d/checkpoint.safetensors ]] && break
    sleep 0.1
  done
  [[ $(counters) -gt 0 ]]
  kill -KILL "$training"
  wait "$training" 2>/dev/null || true
  for ((i = 0; i < 50; ++i)); do
    [[ $(counters) == 0 ]] && break
    sleep 0.1
  done
  [[ $(counters) == 0 ]]
}

case_program_that_fails() {
  tiny_program
  expect 1 'simulator.command false: [0-9]+ attempts in a row gave no answer; the last: exit status 1' \
    "$alfi" train counter.toml --output d --simulator-command false
  [[ $(wc -l <err) == 1 ]]
  [[ ! -e d/model.safetensors ]]
  # One call of five says that it fails, one dies.
  cat >shaky.sh <<'END'
while read -r id seed theta; do
  case $((seed % 5)) in
    1) echo "$id 1" ;;
    2) echo "out of cheese" >&2; exit 7 ;;
    *) echo "$id 0 ${theta%.*}" ;;
  esac
done
END
  expect 0 'warning: simulator counter: [0-9]+ of 200 calls failed: [0-9]+ by the program.s own word, [0-9]+ processes ended .*exit status 7; the last line on its standard error: out of cheese' \
    "$alfi" simulate counter.toml --theta 3 --count 200 --output x.csv --simulator-command 'bash shaky.sh'
  [[ $(grep -vc '^#' x.csv) -lt 201 ]]
  [[ $(grep -v '^#' x.csv | sort -u | tr '\n' ' ') == '3 count ' ]]
  # What it says that it cannot answer, a count with a fraction, is none either.
  echo 'while read -r id seed theta; do echo "$id 0 2.5"; done' >halves.sh
  local excluded='warning: simulator counter: ([0-9]+) of \1 calls failed: \1 answered what simulator.observation_support excludes; the last of these: count: got 2.5, expected a whole number of at least 0$'
  expect 1 "$excluded" "$alfi" simulate counter.toml --theta 3 --count 20 --simulator-command 'bash halves.sh'
  has err '^alfi: simulate: all 20 calls failed$'
  expect 1 "$excluded" "$alfi" train counter.toml --output halves --simulator-command 'bash halves.sh'
  # The log holds what it said.
  sed 's/^command.*/&\nlog = "said.txt"/' counter.toml >logged.toml
  expect 0 'warning' "$alfi" simulate logged.toml --theta 3 --count 20 --output x.csv --simulator-command 'bash shaky.sh'
  has said.txt '^worker [0-9]+: out of cheese$'
}

case_program_configurations() {
  tiny_program
  local train=("$alfi" train c.toml --output out_directory)
  while IFS='|' read -r change pattern; do
    sed "$change" counter.toml >c.toml
    expect 2 "$pattern" "${train[@]}"
  done <<'END'
s/^command.*//|simulator.theta: got 1 parameters, expected simulator.command, too
s/^name = "counter"/name = "poisson"/|simulator.name: got "poisson", expected another name with simulator.command
s/^command.*/command = 5/|c.toml:[0-9]+: simulator.command: got 5, expected a list of texts in quotes
s/^command.*/command = ".\/counter 'x"/|a quote ' does not end
s/^command.*/&\nmode = "once"/|simulator.mode: got "once", expected worker or run
s/^command.*/&\nmode = "run"/|simulator.command: got neither .input. nor .rate.
s/^command.*/command = ".\/counter {rat}"\nmode = "run"/|got .rat. .did you mean "rate"
s/^command.*/command = ".\/counter {rate}"\nmode = "run"\nwindow = 7/|simulator.window: got 7, expected none with simulator.mode = "run"
s/^command.*/&\ndirectory = "x"/|simulator.directory: got x, expected none
s/^command.*/&\nworkers = -1/|simulator.workers: got -1, expected at least 0
s/^command.*/&\ntimeout = -1/|simulator.timeout: got -1
s/^command.*/&\nindex = "year"/|simulator.index: got year, expected none without simulator.length
s/^command.*/&\nindex_step = 2/|expected none without simulator.index
s/^command.*/&\nlog = "\/nowhere\/log"/|simulator.log: /nowhere/log cannot be written
s/^command.*/&\nobservation_units = ["a", "b"]/|simulator.observation_units: got 2, expected 1
s/^observation_support.*/observation_support = ["whole"]/|simulator.observation_support: got "whole", expected any, count or LOW..HIGH
s/^observation = .*//|simulator.observation: got none
s/^observation = .*/observation = ["a", "a"]/|simulator.observation: got a twice
s/^observation = .*/observation = ["a,b"]/|simulator.observation: got "a,b", expected a name without commas
s/^\[\[simulator.theta.*/[simulator.theta]/|simulator.theta: got a table, expected tables of a parameter each
s/^\[\[simulator.theta.*/[[simulator.parameter]]/|simulator.parameter: unknown key
s/^prior.*//|c.toml:[0-9]+: simulator.theta: rate: got no prior
s/^prior.*/prior = ["gama", 2, 1]/|c.toml:[0-9]+: simulator.theta.prior: got the prior "gama" .did you mean "gamma"
s/^prior.*/prior = ["gamma", 2]/|simulator.theta.prior: got 1 numbers, expected the 2 of gamma
s/^prior.*/prior = ["gamma", 2, 0]/|simulator.theta: prior of rate: gamma: got 2, 0, expected a positive shape and rate
s/^prior.*/prior = "gamma"/|simulator.theta.prior: got "gamma", expected a kind and its numbers
s/^unit.*/units = "1"/|simulator.theta: unknown key units .did you mean "unit"
s/^unit.*/unit = 5/|simulator.theta.unit: got 5, expected text
s/^name = "rate"/name = ""/|simulator.theta: name: got "", expected a name
END
  printf '[simulator]\nname = "poisson"\nworkers = 4\n' >c.toml
  expect 2 'simulator.workers: got 4, expected simulator.command, too' "${train[@]}"
  cp counter.toml c.toml
  expect 2 'simulator.parameters.x: got it, expected none' "${train[@]}" --set simulator.parameters.x=5
  expect 2 '--simulator-command: got nothing' "${train[@]}" --simulator-command ' '
  [[ ! -e out_directory/model.safetensors ]]
}

# A program that says nothing is told of after five seconds; Ctrl-C ends it.
case_program_that_never_answers() {
  tiny_program
  local status=0
  timeout --signal=INT 5.5 "$alfi" train counter.toml --output d --simulator-command 'sleep 60' 2>err || status=$?
  [[ $status == 124 ]]
  has err '^alfi: waiting for the first answer of counter, the program sleep 60, after 5s$'
  timeout --signal=INT 5.5 "$alfi" train counter.toml --output d --simulator-command 'sleep 60' --quiet 2>err || status=$?
  [[ $status == 124 && ! -s err ]]
}
