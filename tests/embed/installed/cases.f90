!> What the Fortran module promises beyond what examples/embedding shows: kinds, copies, failures, callbacks.
module cases_module
  use alfi
  use, intrinsic :: iso_fortran_env, only: error_unit
  implicit none
  integer :: failures = 0, steps_seen = 0, lines_seen = 0

contains

  subroutine expect(so, what)
    logical, intent(in) :: so
    character(len=*), intent(in) :: what
    if (so) return
    write (error_unit, '(2a)') 'fortran: not so: ', what
    failures = failures + 1
  end subroutine

  !> Two rows of a series: normal about theta(1) and theta(2), which shows the order of the arrays.
  subroutine two_rows(theta, seeds, x, status, stat)
    real(alfi_real64), intent(in) :: theta(:, :)
    integer(alfi_int64), intent(in) :: seeds(:)
    real(alfi_real64), intent(inout) :: x(:, :)
    integer, intent(inout) :: status(:), stat
    type(alfi_random) :: random
    integer :: i, d
    do i = 1, size(seeds)
      random = alfi_random(seeds(i))
      do d = 1, size(x, 1)
        x(d, i) = theta(1 + (d - 1)/2, i) + 0.1d0*alfi_normal(random)
      end do
    end do
    if (size(theta, 1) /= 2 .or. size(x, 1) /= 4 .or. any(status /= 0)) stat = 3
  end subroutine

  subroutine refuse(theta, seeds, x, status, stat)
    real(alfi_real64), intent(in) :: theta(:, :)
    integer(alfi_int64), intent(in) :: seeds(:)
    real(alfi_real64), intent(inout) :: x(:, :)
    integer, intent(inout) :: status(:), stat
    x = real(seeds(1), alfi_real64) + theta(1, 1)
    status = alfi_sample_failed
    stat = 5
  end subroutine

  subroutine watch(step, steps, loss, stop)
    integer, intent(in) :: step, steps
    real(alfi_real64), intent(in) :: loss
    logical, intent(inout) :: stop
    steps_seen = steps_seen + 1
    stop = step == 2 .and. steps_seen == 2
    if (loss /= loss .or. step > steps) failures = failures + 1
  end subroutine

  subroutine log_line(line)
    character(len=*), intent(in) :: line
    if (len_trim(line) > 0) lines_seen = lines_seen + 1
  end subroutine

  subroutine run_cases()
    type(alfi_description) :: description
    type(alfi_simulator) :: simulator
    type(alfi_configuration) :: configuration
    type(alfi_trainer) :: trainer
    type(alfi_machine) :: machine, copies(2), loaded
    type(alfi_inferrer) :: inferrer, second
    type(alfi_posterior) :: single, double, again, several(2), lent, kept
    character(len=1), allocatable :: bytes(:)
    character(len=300) :: message
    real(alfi_real32) :: mean_single(2), draws_single(2, 3), wrong(3)
    real(alfi_real64) :: mean(2), mean_again(2), draws(2, 3), density, value(2), sd(2)
    real(alfi_real32) :: series(2, 2) = reshape([0.5, 0.6, -0.9, -1.0], [2, 2])
    integer :: stat, p, d, step

    call description%create('rows')
    call description%add_parameter('a', 'normal', 0.0d0, 1.0d0)
    call description%add_parameter('b', 'normal', 0.0, 1.0)
    call description%add_column('left')
    call description%add_column('right', unit='m')
    call description%set_series(2)
    call simulator%from_callback(description, two_rows)
    call configuration%create('rows')
    call configuration%set('train.steps', 6)
    call configuration%set('train.problems', 4)
    call configuration%set('train.standardize', 50)
    call configuration%set('train.learning_rate', 1d-3)
    call configuration%set('train.clip_norm', 1.0)
    call configuration%set('train.nan_policy', 'drop')
    call configuration%set('train.stebs', 1, stat, message)
    call expect(stat == alfi_input_error .and. index(message, 'train.steps') > 0, 'a misspelt key is told')

    call trainer%create(configuration, simulator, threads=1)
    call trainer%run(watch=watch, log=log_line, stat=stat, errmsg=message)
    call expect(stat == alfi_cancelled, 'a watch cancels')
    call trainer%run(most_steps=1)
    call trainer%step(step)
    call expect(step == 3, 'a run goes on for so many steps')
    call trainer%run(watch=watch, log=log_line)
    call expect(steps_seen == 5 .and. lines_seen == 1, 'watch and log are called')
    call trainer%machine(machine)
    call machine%shape(p, d)
    call expect(p == 2 .and. d == 4, 'the machine''s shape')

    call machine%infer(series, single)
    call machine%infer(real(series, alfi_real64), double, alfi_infer_options(seed=0))
    call single%mean(mean_single)
    call double%mean(mean)
    call expect(all(mean_single == real(mean, alfi_real32)), 'both kinds are one')
    call machine%infer([0.5, 0.6, -0.9, -1.0], again)
    call again%mean(mean_again)
    call expect(all(mean_again == mean), 'a series and its numbers are one')
    call double%standard_deviation(sd)
    call double%quantile(0.5d0, value)
    call expect(all(sd > 0) .and. all(abs(value - mean) < sd), 'moments and quantiles')
    call double%draw(7, draws)
    call double%draw(7, draws_single)
    call expect(all(draws_single == real(draws, alfi_real32)) .and. draws(1, 1) /= draws(1, 2), 'draws')
    call double%log_density(mean, density)
    call expect(density == density, 'a density')
    call expect(double%name(1) == 'a' .and. double%name(2) == 'b' .and. double%name(3) == '', 'names')
    call double%mean(wrong, stat, message)
    call expect(stat == alfi_shape_error .and. index(message, '3 entries, expected 2') > 0, 'a wrong size is told')
    call machine%infer(series(:, 1:1), again, stat=stat)
    call expect(stat == alfi_shape_error, 'half a series is refused')

    call machine%infer_many(reshape([0.5, 0.6, -0.9, -1.0, 1.5, 1.4, 0.1, 0.2], [4, 1, 2]), [1, 1], several, &
      alfi_infer_options(seed=0))
    call several(1)%mean(mean_again)
    call expect(all(mean_again == mean), 'the first of many is as it is alone')
    call several(2)%mean(mean_again)
    call expect(any(mean_again /= mean), 'the second is another')
    call machine%infer_many(reshape([0.5, 0.6, -0.9, -1.0], [4, 1, 1]), [1], several, stat=stat)
    call expect(stat == alfi_shape_error, 'as many posteriors as problems')

    call inferrer%create(machine, 1)
    call inferrer%infer(series, 0, lent)
    call lent%mean(mean_again)
    call expect(all(mean_again == mean), 'an inferrer answers as the machine does')
    call inferrer%infer(series, 0_alfi_int64, lent)
    call lent%mean(mean_again)
    call expect(all(mean_again == mean), 'seeds of 32 and of 64 bits are one')
    call inferrer%infer(series, 5000000000_alfi_int64, lent)
    call machine%infer(series, again, alfi_infer_options(seed=5000000000_alfi_int64))
    call lent%mean(mean_again)
    call again%mean(value)
    call expect(all(mean_again == value) .and. any(mean_again /= mean), 'a seed that 32 bits do not hold')
    call lent%draw(-1_alfi_int64, draws)
    call lent%draw(-1, draws_single)
    call expect(all(draws_single == real(draws, alfi_real32)), 'draws by seeds of both kinds')
    call inferrer%infer(series, 0, lent)
    kept = lent
    call inferrer%infer(-series, 0, lent)
    call lent%mean(mean_again)
    call expect(any(mean_again /= mean), 'and another question otherwise')
    call kept%mean(mean_again)
    call expect(all(mean_again == mean), 'what was kept stays')
    second = inferrer
    call second%infer(real(series, alfi_real64), 0, lent)
    call inferrer%infer([1.5, 1.4, 0.1, 0.2], 0, again)
    call lent%mean(mean_again)
    call expect(all(mean_again == mean), 'a copy is an inferrer of its own')
    call second%infer(real([0.5, 0.6, -0.9, -1.0], alfi_real64), 0, again)
    call again%mean(mean_again)
    call expect(all(mean_again == mean), 'a series and its numbers are one here, too')
    call inferrer%infer(series(:, 1:1), 0, lent, stat, message)
    call expect(stat == alfi_shape_error, 'half a series is refused by an inferrer')
    call second%create(machine, 1, alfi_infer_options(seed=3), stat, message)
    call expect(stat == alfi_input_error .and. index(message, 'expected 0') > 0, 'its seed comes with each question')

    copies = machine  ! each its own handle
    loaded = copies(2)
    loaded = loaded
    machine = copies(1)
    call machine%to_memory(bytes)
    call loaded%from_memory(bytes, simulator)
    call loaded%infer(series, again)
    call again%mean(mean_again)
    call expect(all(mean_again == mean), 'from memory it is the same')
    call loaded%from_memory(bytes(:10), simulator, stat)
    call expect(stat == alfi_input_error, 'half a machine is refused')
    call loaded%infer(series, again, stat=stat)
    call expect(stat == alfi_ok, 'and what was there stays')

    call simulator%from_callback(description, refuse, many=.true.)
    call trainer%create(configuration, simulator, stat=stat, errmsg=message)
    call expect(stat == alfi_callback_error .and. index(message, 'answered 5') > 0, 'a simulator that cannot go on')
    call trainer%step(step)
    call expect(step == 6, 'the trainer that was there stays')
    call expect(alfi_version() == '0.1.0', 'the version')
  end subroutine
end module

program cases
  use cases_module
  implicit none
  call run_cases()
  if (failures > 0) stop 1
end program
