!> Trains a machine for a simulator of this program, and infers a rate from eight counts.
program counts
  use alfi
  use counts_module
  implicit none
  type(alfi_description) :: description
  type(alfi_simulator) :: simulator
  type(alfi_configuration) :: configuration
  type(alfi_trainer) :: trainer
  type(alfi_machine) :: machine
  type(alfi_posterior) :: posterior
  real(alfi_real64) :: mean(1), sd(1)
  integer :: stat
  character(len=200) :: message

  call description%create('counter')
  call description%add_parameter('rate', 'gamma', 2.0, 0.5, unit='1/s')
  call description%add_column('count')
  call simulator%from_callback(description, count, many=.true.)  ! it touches nothing but its arguments

  call configuration%create('counter')
  call configuration%set('problem.observed_min', 4)
  call configuration%set('problem.observed_max', 40)
  call configuration%set('train.problems', 16)
  call configuration%set('train.observations', 32)
  call configuration%set('train.steps', 100)

  call trainer%create(configuration, simulator)
  call trainer%run()
  call trainer%machine(machine)
  call machine%save('counter.safetensors')

  call machine%infer([4.0, 3.0, 6.0, 2.0, 5.0, 4.0, 7.0, 1.0], posterior)
  call posterior%mean(mean)
  call posterior%standard_deviation(sd)
  print '(a, f5.2, a, f5.2)', 'rate', mean, ' +- ', sd  ! exact: 4.00 +- 0.69

  call machine%load('no such file', stat=stat, errmsg=message)
  if (stat /= alfi_ok) print '(2a)', 'as expected: ', trim(message)
end program
