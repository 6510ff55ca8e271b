# alfi train by mpirun. Sourced by run_case.sh.

command -v mpiexec >/dev/null || {
  echo "mpiexec not found (Debian: openmpi-bin): skipped"
  exit 77
}

# Open MPI's leave to run as root and to start more ranks than there are processors; others take no notice.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe

# One second or more, with a checkpoint every few hundredths of it: long.toml.
long_configuration() {
  tiny_configuration
  sed 's/^steps = .*/steps = 8000/; s/^checkpoint_every = .*/checkpoint_every = 100/' tiny.toml >long.toml
}

# wait_for FILE: until it is there.
wait_for() {
  for ((i = 0; i < 600; ++i)); do
    [[ -e $1 ]] && return 0
    sleep 0.05
  done
  echo "no $1 after half a minute" >&2
  return 1
}

case_same_bits_on_any_number_of_ranks() {
  tiny_configuration
  "$alfi" train tiny.toml --output alone --quiet
  for n in 1 2 3 8; do
    expect 0 'done: 12 of 12 steps' mpiexec -n "$n" "$alfi" train tiny.toml --output "ranks$n" --json "$n.json"
    [[ $(grep -c '^training poisson' err) == 1 && $(grep -c '^done' err) == 1 ]]
    [[ ! -s out ]]
    cmp alone/model.safetensors "ranks$n/model.safetensors"
    cmp <(cut -d, -f1-7 alone/history.csv) <(cut -d, -f1-7 "ranks$n/history.csv")
    has "$n.json" "\"ranks\": $n,"
    [[ $(ls "ranks$n" | wc -l) == 5 ]]
  done
}

case_programs_are_shared_by_all_ranks() {
  tiny_configuration
  sed -n '/^\[problem\]/,$p' tiny.toml >rest
  cat - rest >counts.toml <<END
[simulator]
name = "counts"
command = ["$(dirname "$alfi")/../examples/worker/counter"]
observation = ["count"]
[[simulator.theta]]
name = "rate"
prior = ["gamma", 2, 0.5]
END
  "$alfi" train counts.toml --output alone --quiet
  for n in 2 3 8; do
    expect 0 '' mpiexec -n "$n" "$alfi" train counts.toml --output "ranks$n" --quiet
    cmp alone/model.safetensors "ranks$n/model.safetensors"
    has "ranks$n/run.json" '"busy_simulating": \['
  done
}

case_a_rank_killed_and_a_restart_on_others() {
  long_configuration
  "$alfi" train long.toml --output alone --quiet
  mpiexec -n 3 "$alfi" train long.toml --output d --quiet >log 2>&1 &
  local job=$! got=0
  wait_for d/checkpoint.safetensors
  kill -9 "$(pgrep -P $job | tail -n 1)"
  wait $job || got=$?
  [[ $got != 0 ]]
  grep -q '"status": "done"' d/run.json 2>/dev/null && return 1
  expect 0 'resuming after step [0-9]+' mpiexec -n 2 "$alfi" train long.toml --output d --resume
  cmp alone/model.safetensors d/model.safetensors
  cmp <(cut -d, -f1-7 alone/history.csv) <(cut -d, -f1-7 d/history.csv)
}

# A signal to the launcher, a file and the time end all ranks with a checkpoint and status 3.
case_stops_with_a_checkpoint() {
  long_configuration
  "$alfi" train long.toml --output alone --quiet
  mpiexec -n 3 "$alfi" train long.toml --output d 2>log &
  local job=$! got=0
  wait_for d/checkpoint.safetensors
  kill -USR1 $job
  wait $job || got=$?
  [[ $got == 3 ]]
  has log 'stopped \(asked to stop by SIGUSR1\) after [0-9]+ of 8000 steps; --resume goes on'
  mpiexec -n 2 "$alfi" train long.toml --output d --resume 2>log &
  job=$! got=0
  while kill -0 $job 2>/dev/null; do  # one from before the start would be taken away
    : >d/stop
    sleep 0.02
  done
  wait $job || got=$?
  rm -f d/stop
  [[ $got == 3 ]]
  has log 'stopped \(asked to stop by the file d/stop\)'
  expect 3 'stopped \(--max-time is over\)' mpiexec -n 3 "$alfi" train long.toml --output d --resume --max-time 0.1s
  "$alfi" train long.toml --output d --resume --quiet
  cmp alone/model.safetensors d/model.safetensors
}

case_a_signal_to_one_rank_stops_all() {
  long_configuration
  mpiexec -n 3 "$alfi" train long.toml --output d 2>log &
  local job=$! got=0
  wait_for d/checkpoint.safetensors
  kill -TERM "$(pgrep -P $job | tail -n 1)"
  wait $job || got=$?
  [[ $got == 3 ]]
  has log 'stopped \(terminated by a signal\) after [0-9]+ of 8000 steps'
}

case_failures_are_told_once() {
  tiny_configuration
  expect 2 'usage: alfi train' mpiexec -n 3 "$alfi" train tiny.toml
  [[ $(grep -c 'usage:' err) == 1 ]]
  expect 2 'train.steps' mpiexec -n 3 "$alfi" train tiny.toml --output d --set train.steps=0
  [[ $(grep -c 'train.steps' err) == 1 ]]
  : >file
  expect 1 'file/d: the directory cannot be made' mpiexec -n 3 "$alfi" train tiny.toml --output file/d
  [[ $(grep -c 'cannot be made' err) == 1 ]]
  expect 0 '' mpiexec -n 2 "$alfi" train tiny.toml --output d --quiet
  expect 2 'holds a training already' mpiexec -n 2 "$alfi" train tiny.toml --output d
  expect 0 '' mpiexec -n 2 "$alfi" info d
  [[ $(grep -c 'name = "poisson"' out) == 1 ]]
}

# examples/slurm/, with srun and scontrol that do what Slurm's would.
case_slurm_scripts_go_on_until_all_is_done() {
  tiny_configuration
  mkdir bin
  ln -s "$alfi" bin/alfi
  cat >bin/srun <<END
#!/bin/bash
exec mpiexec -n 2 "\$@" --max-time \$(cat time)
END
  cat >bin/scontrol <<'END'
#!/bin/bash
echo "$*" >>requeued
END
  chmod +x bin/srun bin/scontrol
  export PATH=$PWD/bin:$PATH SLURM_JOB_ID=7 SLURM_ARRAY_JOB_ID=8 SLURM_ARRAY_TASK_ID=3
  echo 0.001s >time
  expect 3 'stopped \(--max-time is over\)' bash "$source/examples/slurm/train.sbatch" tiny.toml d --threads 1
  expect 3 'stopped \(--max-time is over\)' bash "$source/examples/slurm/seeds.sbatch" tiny.toml e
  [[ $(cat requeued) == $'requeue 7\nrequeue 8_3' ]]
  echo 1h >time
  expect 0 'resuming after step' bash "$source/examples/slurm/train.sbatch" tiny.toml d
  expect 0 'resuming after step' bash "$source/examples/slurm/seeds.sbatch" tiny.toml e
  [[ $(wc -l <requeued) == 2 ]]
  "$alfi" train tiny.toml --output alone --quiet
  cmp alone/model.safetensors d/model.safetensors
  "$alfi" train tiny.toml --output three --seed 3 --quiet
  cmp three/model.safetensors e/seed_3/model.safetensors
}
