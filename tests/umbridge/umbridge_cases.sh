# Models served by UM-Bridge's protocol: by server.cpp, and by the `umbridge` package where Python has it
# (ALFI_UMBRIDGE_PYTHON: another Python). Sourced by run_case.sh.

worker=$(dirname "$alfi")/alfi-umbridge
server=$(dirname "$alfi")/../tests/umbridge/alfi_test_umbridge_server
PATH=$(dirname "$alfi"):$PATH
jobs_started=()

# serve COMMAND..: a server on some port, once it answers: $port, and $! as $serving.
serve() {
  for port in $((20000 + RANDOM % 10000)) $((30000 + RANDOM % 2000)) $((11000 + RANDOM % 5000)); do
    "$@" "$port" >>server.log 2>&1 &
    serving=$!
    jobs_started+=("$serving")
    for ((i = 0; i < 200; ++i)); do
      if "$worker" --patience 0 "$port" counts </dev/null 2>/dev/null; then return 0; fi
      kill -0 "$serving" 2>/dev/null || break
      sleep 0.05
    done
  done
  echo "no server:" >&2
  cat server.log >&2
  return 1
}
trap 'kill "${jobs_started[@]}" 2>/dev/null || true; rm -rf "$scratch"' EXIT

# served_configuration PORT..: counts.toml
served_configuration() {
  tiny_configuration
  local urls=() p
  for p in "$@"; do urls+=("http://127.0.0.1:$p"); done
  cat - <(sed -n '/^\[problem\]/,$p' tiny.toml) >counts.toml <<END
[simulator]
name = "counts"
url = "${urls[*]}"
model = "counts"
workers = 2
observation = ["count"]
[[simulator.theta]]
name = "rate"
prior = ["gamma", 2, 0.5]
END
  sed -i 's/^steps.*/steps = 3/; s/^problems.*/problems = 2/; s/^validation.*/validation_problems = 2/' counts.toml
  echo 'standardize = 20' >>counts.toml
}

# 100 counts of rate 3: their sum is 300 +- 17; 6 sigma, a false alarm in 5e8.
around_three() {
  awk '{sum += $3; ++n; bad += $2 != 0} END {exit !(n == 100 && bad == 0 && sum > 196 && sum < 404)}' "$1"
}

requests() { for ((i = 1; i <= $1; ++i)); do echo "$i $((7 * i)) $2"; done; }

case_worker() {
  serve "$server"
  requests 100 3 | "$worker" "$port" counts >out
  around_three out
  requests 100 3 | "$worker" "http://127.0.0.1:$port" counts | cmp - out
  # A seed's lowest 53 bits; two inputs and two outputs, end to end; a model's errors.
  [[ $(echo "a 9007199254741000 3" | "$worker" "$port" counts) == "$(echo "a 8 3" | "$worker" "$port" counts)" ]]
  [[ $(echo "x 1 2.5 0.125" | "$worker" "$port" half) == "x 0 2.625 -2.625 1.3125" ]]
  expect 0 'not numbers' "$worker" "$port" half < <(echo "x 1 99 2")
  [[ $(cat out) == "x 1" ]]
  expect 0 'InvalidInput: too fast a source' "$worker" --config '{"most": 5}' "$port" counts < <(printf '1 1 6\n2 1 4\n')
  has out '^1 1$'
  has out '^2 0 '
}

case_refusals() {
  serve "$server"
  expect 2 'usage: alfi-umbridge' "$worker" "$port"
  expect 2 'usage: alfi-umbridge' "$worker" --patience x "$port" counts
  expect 1 'serves \["counts","half"\], expected the model nothing' "$worker" "$port" nothing
  expect 1 'got the URL "ftp://x"' "$worker" ftp://x counts
  expect 1 'expected a JSON object' "$worker" --config 3 "$port" counts
  expect 1 'got 2 parameters, expected the 1 inputs' "$worker" "$port" counts < <(echo "1 1 2 3")
  expect 1 'expected ID SEED THETA' "$worker" "$port" counts < <(echo "1 x 2")
  kill "$serving"
  wait "$serving" 2>/dev/null || true
  expect 1 "http://127.0.0.1:$port/Info: Connection" "$worker" --patience 0.1 "$port" counts
}

case_a_training_and_a_server_that_comes_back() {
  serve "$server"
  served_configuration "$port"
  expect 0 'done: 3 of 3 steps' "$alfi" train counts.toml --output one
  has one/config.toml 'alfi-umbridge'
  # Beside a port where nobody is, and with a server that is away for a while.
  served_configuration "$port" 1
  "$alfi" train counts.toml --output two --quiet --threads 3
  cmp <(cut -d, -f1-7 one/history.csv) <(cut -d, -f1-7 two/history.csv)
  served_configuration "$port"
  "$alfi" train counts.toml --output three --quiet &
  local job=$!
  sleep 0.1
  kill "$serving"
  wait "$serving" 2>/dev/null || true
  sleep 0.5
  "$server" "$port" >>server.log 2>&1 &
  jobs_started+=($!)
  wait $job
  cmp one/model.safetensors three/model.safetensors
  # A model file's server is asked only where that is said.
  "$alfi" simulate counts.toml --theta 3 --count 8 --output x.csv --quiet
  expect 2 'expected --simulator-command COMMAND' "$alfi" infer one x.csv
  expect 0 '' "$alfi" infer one x.csv --trust-model
}

case_configuration() {
  served_configuration 4242
  expect 2 'simulator.model beside it' "$alfi" train <(sed '/^model/d' counts.toml) --output d
  expect 2 'none with simulator.command' "$alfi" train <(sed 's/^url.*/command = "x"/' counts.toml) --output d
}

case_package_umbridge() {
  local python=${ALFI_UMBRIDGE_PYTHON:-python3}
  if ! "$python" -c 'import umbridge' 2>/dev/null; then
    echo "$python has no umbridge (PyPI): skipped"
    exit 77
  fi
  serve "$python" "$source/tests/umbridge/server.py"
  requests 100 3 | "$worker" "$port" counts >out
  around_three out
  expect 0 'HTTP status 500' "$worker" --config '{"most": 5}' "$port" counts < <(printf '1 1 6\n2 1 4\n')
  has out '^1 1$'
  has out '^2 0 '
  served_configuration "$port"
  expect 0 'done: 3 of 3 steps' "$alfi" train counts.toml --output d
}
