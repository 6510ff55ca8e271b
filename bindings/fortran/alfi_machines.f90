!> Trainers and machines of the module alfi.
module alfi_machines
  use, intrinsic :: iso_c_binding
  use alfi_c
  use alfi_handles
  use alfi_posteriors
  use alfi_simulators
  implicit none
  private

  public :: alfi_trainer, alfi_machine, alfi_infer_options, numbers_of, sample_shape, ask, alfi_watch, alfi_log

  type, extends(handle) :: alfi_trainer
  contains
    procedure :: create => trainer_create                !< (configuration, simulator, threads, device)
    procedure :: run => trainer_run                      !< (most_steps, watch, log)
    procedure :: step => trainer_step                    !< (step): how many were made
    procedure :: save => trainer_save                    !< (path): a checkpoint
    procedure :: resume => trainer_resume                !< (path)
    procedure :: machine => trainer_machine              !< (machine): as it was at its best validation
    procedure, private :: trainer_assign
    generic :: assignment(=) => trainer_assign
  end type

  type, extends(handle) :: alfi_machine
  contains
    procedure :: load => machine_load                    !< (path, simulator)
    procedure :: save => machine_save                    !< (path)
    procedure :: from_memory => machine_from_memory      !< (bytes, simulator)
    procedure :: to_memory => machine_to_memory          !< (bytes)
    procedure :: shape => machine_shape                  !< (parameters, numbers)
    procedure, private :: infer_float_1
    procedure, private :: infer_float_2
    procedure, private :: infer_double_1
    procedure, private :: infer_double_2
    !> (x, posterior, options, watch, log). x is (D, N), N samples; or of D numbers in all, such as a series
    !> (columns, length); or, of rank 1, N samples one after the other.
    generic :: infer => infer_float_1, infer_float_2, infer_double_1, infer_double_2
    procedure, private :: infer_many_float
    procedure, private :: infer_many_double
    !> (x, counts, posteriors, options, log): many problems at once. x is (D, most, problems), of problem b the first
    !> counts(b) samples exist; posteriors(problems).
    generic :: infer_many => infer_many_float, infer_many_double
    procedure, private :: machine_assign
    generic :: assignment(=) => machine_assign
  end type

  !> 0: as trained; threads 0 or 1: the caller's alone, less: one for each processor.
  type :: alfi_infer_options
    integer(c_int64_t) :: seed = 0
    integer :: iterations = 0, thetas = 0, observations = 0, threads = 0, device = alfi_cpu
  end type

  abstract interface
    !> Called after each step of a training or iteration of an inference (whose loss is 0); stop = .true. ends it there,
    !> with alfi_cancelled.
    subroutine alfi_watch(step, steps, loss, stop)
      import :: c_double
      integer, intent(in) :: step, steps
      real(c_double), intent(in) :: loss
      logical, intent(inout) :: stop
    end subroutine
    !> Called with a line worth telling: a validation's loss; a warning.
    subroutine alfi_log(line)
      character(len=*), intent(in) :: line
    end subroutine
  end interface

  type :: held_watch
    procedure(alfi_watch), pointer, nopass :: watch => null()
    procedure(alfi_log), pointer, nopass :: log => null()
  end type

contains

  subroutine trainer_create(self, configuration, simulator, threads, device, stat, errmsg)
    class(alfi_trainer), intent(inout) :: self
    type(alfi_configuration), intent(in) :: configuration
    type(alfi_simulator), intent(in) :: simulator
    integer, intent(in), optional :: threads  ! 0, the default: one for each processor
    integer, intent(in), optional :: device   ! alfi_cpu, the default, or alfi_cuda
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_trainer_create(configuration%at, simulator%at, chosen(threads, 0), chosen(device, alfi_cpu), made)
    call take(self, made, trainer_kind, status, stat, errmsg)
  end subroutine

  !> most_steps: of this call; 0, the default: all that are left. Cancelled or not, the next call goes on.
  subroutine trainer_run(self, most_steps, watch, log, stat, errmsg)
    class(alfi_trainer), intent(inout) :: self
    integer, intent(in), optional :: most_steps
    procedure(alfi_watch), optional :: watch
    procedure(alfi_log), optional :: log
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(held_watch), target :: held
    type(c_train_options) :: options
    options%size = size(transfer(options, [c_null_char]))
    options%most_steps = chosen(most_steps, 0)
    call hold(held, options%watch, options%log, watch, log)
    options%user = c_loc(held)
    call tell(c_trainer_run(self%at, options), stat, errmsg)
  end subroutine

  subroutine trainer_step(self, step, stat, errmsg)
    class(alfi_trainer), intent(in) :: self
    integer, intent(inout) :: step
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: made
    integer(c_int32_t) :: status
    status = c_trainer_step(self%at, made)
    if (status == alfi_ok) step = int(made)
    call tell(status, stat, errmsg)
  end subroutine

  subroutine trainer_save(self, path, stat, errmsg)
    class(alfi_trainer), intent(in) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_trainer_save(self%at, c_text(path)), stat, errmsg)
  end subroutine

  subroutine trainer_resume(self, path, stat, errmsg)
    class(alfi_trainer), intent(inout) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_trainer_resume(self%at, c_text(path)), stat, errmsg)
  end subroutine

  subroutine trainer_machine(self, machine, stat, errmsg)
    class(alfi_trainer), intent(in) :: self
    type(alfi_machine), intent(inout) :: machine
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_trainer_machine(self%at, made)
    call take(machine, made, machine_kind, status, stat, errmsg)
  end subroutine

  impure elemental subroutine trainer_assign(to, from)
    class(alfi_trainer), intent(inout) :: to
    class(alfi_trainer), intent(in) :: from
    call take_copy(to, from, c_trainer_copy, trainer_kind)
  end subroutine

  subroutine hold(held, watch_at, log_at, watch, log)
    type(held_watch), intent(inout) :: held
    type(c_funptr), intent(inout) :: watch_at, log_at
    procedure(alfi_watch), optional :: watch
    procedure(alfi_log), optional :: log
    if (present(watch)) then
      held%watch => watch
      watch_at = c_funloc(call_watch)
    end if
    if (present(log)) then
      held%log => log
      log_at = c_funloc(call_log)
    end if
  end subroutine

  function call_watch(progress, user) result(answer) bind(c)
    type(c_progress), intent(in) :: progress
    type(c_ptr), value :: user
    integer(c_int) :: answer
    type(held_watch), pointer :: held
    logical :: stop
    call c_f_pointer(user, held)
    stop = .false.
    call held%watch(int(progress%step), int(progress%steps), progress%loss, stop)
    answer = merge(1_c_int, 0_c_int, stop)
  end function

  subroutine call_log(line, user) bind(c)
    type(c_ptr), value :: line, user
    type(held_watch), pointer :: held
    call c_f_pointer(user, held)
    call held%log(text_at(line))
  end subroutine

  !> simulator: the one the file was trained on; none where it is built in.
  subroutine machine_load(self, path, simulator, stat, errmsg)
    class(alfi_machine), intent(inout) :: self
    character(len=*), intent(in) :: path
    type(alfi_simulator), intent(in), optional :: simulator
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_machine_load(c_text(path), optional_handle(simulator), made)
    call take(self, made, machine_kind, status, stat, errmsg)
  end subroutine

  subroutine machine_save(self, path, stat, errmsg)
    class(alfi_machine), intent(in) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_machine_save(self%at, c_text(path)), stat, errmsg)
  end subroutine

  subroutine machine_from_memory(self, bytes, simulator, stat, errmsg)
    class(alfi_machine), intent(inout) :: self
    character(kind=c_char), intent(in) :: bytes(:)
    type(alfi_simulator), intent(in), optional :: simulator
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_machine_from_memory(bytes, int(size(bytes), c_size_t), optional_handle(simulator), made)
    call take(self, made, machine_kind, status, stat, errmsg)
  end subroutine

  subroutine machine_to_memory(self, bytes, stat, errmsg)
    class(alfi_machine), intent(in) :: self
    character(kind=c_char), allocatable, target, intent(inout) :: bytes(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    character(kind=c_char), allocatable, target :: made(:)
    integer(c_size_t) :: length
    integer(c_int32_t) :: status
    status = c_machine_to_memory(self%at, c_null_ptr, 0_c_size_t, length)
    if (status == alfi_ok) then
      allocate (made(length))
      status = c_machine_to_memory(self%at, c_loc(made), length, length)
    end if
    if (status == alfi_ok) call move_alloc(made, bytes)
    call tell(status, stat, errmsg)
  end subroutine

  !> P, and D of a sample.
  subroutine machine_shape(self, parameters, numbers, stat, errmsg)
    class(alfi_machine), intent(in) :: self
    integer, intent(inout) :: parameters, numbers
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: p, d
    integer(c_int32_t) :: status
    status = c_machine_shape(self%at, p, d)
    if (status == alfi_ok) then
      parameters = int(p)
      numbers = int(d)
    end if
    call tell(status, stat, errmsg)
  end subroutine

  subroutine infer_float_1(self, x, posterior, options, watch, log, stat, errmsg)
    class(alfi_machine), intent(in) :: self
    real(c_float), intent(in) :: x(:)
    type(alfi_posterior), intent(inout) :: posterior
    type(alfi_infer_options), intent(in), optional :: options
    procedure(alfi_watch), optional :: watch
    procedure(alfi_log), optional :: log
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call self%infer(real(x, c_double), posterior, options, watch, log, stat, errmsg)
  end subroutine

  subroutine infer_float_2(self, x, posterior, options, watch, log, stat, errmsg)
    class(alfi_machine), intent(in) :: self
    real(c_float), intent(in) :: x(:, :)
    type(alfi_posterior), intent(inout) :: posterior
    type(alfi_infer_options), intent(in), optional :: options
    procedure(alfi_watch), optional :: watch
    procedure(alfi_log), optional :: log
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call self%infer(real(x, c_double), posterior, options, watch, log, stat, errmsg)
  end subroutine

  subroutine infer_double_1(self, x, posterior, options, watch, log, stat, errmsg)
    class(alfi_machine), intent(in) :: self
    real(c_double), intent(in) :: x(:)
    type(alfi_posterior), intent(inout) :: posterior
    type(alfi_infer_options), intent(in), optional :: options
    procedure(alfi_watch), optional :: watch
    procedure(alfi_log), optional :: log
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(held_watch), target :: held
    type(c_infer_options) :: asked
    type(c_ptr) :: made
    integer(c_int64_t) :: numbers, samples
    integer(c_int32_t) :: status
    call sample_shape(numbers_of(self), 1, 1, size(x), numbers, samples)
    call ask(asked, options)
    call hold(held, asked%watch, asked%log, watch, log)
    asked%user = c_loc(held)
    made = c_null_ptr
    status = c_machine_infer(self%at, x, samples, numbers, asked, made)
    call take(posterior, made, posterior_kind, status, stat, errmsg)
  end subroutine

  subroutine infer_double_2(self, x, posterior, options, watch, log, stat, errmsg)
    class(alfi_machine), intent(in) :: self
    real(c_double), intent(in) :: x(:, :)
    type(alfi_posterior), intent(inout) :: posterior
    type(alfi_infer_options), intent(in), optional :: options
    procedure(alfi_watch), optional :: watch
    procedure(alfi_log), optional :: log
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(held_watch), target :: held
    type(c_infer_options) :: asked
    type(c_ptr) :: made
    integer(c_int64_t) :: numbers, samples
    integer(c_int32_t) :: status
    call sample_shape(numbers_of(self), 2, size(x, 1), size(x), numbers, samples)
    call ask(asked, options)
    call hold(held, asked%watch, asked%log, watch, log)
    asked%user = c_loc(held)
    made = c_null_ptr
    status = c_machine_infer(self%at, x, samples, numbers, asked, made)
    call take(posterior, made, posterior_kind, status, stat, errmsg)
  end subroutine

  subroutine infer_many_float(self, x, counts, posteriors, options, log, stat, errmsg)
    class(alfi_machine), intent(in) :: self
    real(c_float), intent(in) :: x(:, :, :)
    integer, intent(in) :: counts(:)
    type(alfi_posterior), intent(inout) :: posteriors(:)
    type(alfi_infer_options), intent(in), optional :: options
    procedure(alfi_log), optional :: log
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call self%infer_many(real(x, c_double), counts, posteriors, options, log, stat, errmsg)
  end subroutine

  subroutine infer_many_double(self, x, counts, posteriors, options, log, stat, errmsg)
    class(alfi_machine), intent(in) :: self
    real(c_double), intent(in) :: x(:, :, :)
    integer, intent(in) :: counts(:)
    type(alfi_posterior), intent(inout) :: posteriors(:)
    type(alfi_infer_options), intent(in), optional :: options
    procedure(alfi_log), optional :: log
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(held_watch), target :: held
    type(c_infer_options) :: asked
    type(c_ptr) :: made(size(posteriors))
    integer(c_int64_t) :: problems
    integer(c_int32_t) :: status
    integer :: b
    call ask(asked, options)
    call hold(held, asked%watch, asked%log, log=log)
    asked%user = c_loc(held)
    made = c_null_ptr
    problems = size(x, 3)
    if (size(counts) /= problems .or. size(posteriors) /= problems) problems = -1  ! for the library to refuse
    status = c_machine_infer_many(self%at, x, problems, int(size(x, 2), c_int64_t), int(size(x, 1), c_int64_t), &
      int(counts, c_int32_t), asked, made)
    do b = 1, size(posteriors)
      if (status == alfi_ok) call take(posteriors(b), made(b), posterior_kind, status)
    end do
    call tell(status, stat, errmsg)
  end subroutine

  !> D of a sample; 0 where there is no machine, of which inference tells.
  function numbers_of(machine) result(numbers)
    class(alfi_machine), intent(in) :: machine
    integer(c_int64_t) :: parameters, numbers
    numbers = 0
    if (c_machine_shape(machine%at, parameters, numbers) /= alfi_ok) numbers = 0
  end function

  !> What x is of: its rows where they fit `wanted`, else all of it as one sample, else what it seems, for the library
  !> to refuse.
  subroutine sample_shape(wanted, rank, rows, total, numbers, samples)
    integer(c_int64_t), intent(in) :: wanted
    integer, intent(in) :: rank, rows, total
    integer(c_int64_t), intent(out) :: numbers, samples
    numbers = wanted
    samples = 0
    if (rank == 2 .and. rows /= numbers .and. total /= numbers) numbers = rows
    if (mod(int(total, c_int64_t), max(numbers, 1_c_int64_t)) /= 0) numbers = total
    if (numbers > 0) samples = total/numbers
  end subroutine

  subroutine ask(asked, options)
    type(c_infer_options), intent(inout) :: asked
    type(alfi_infer_options), intent(in), optional :: options
    asked%size = size(transfer(asked, [c_null_char]))
    if (.not. present(options)) return
    asked%seed = options%seed
    asked%iterations = options%iterations
    asked%thetas = options%thetas
    asked%observations = options%observations
    asked%threads = int(options%threads, c_int32_t)
    asked%device = int(options%device, c_int32_t)
  end subroutine

  function optional_handle(simulator) result(at)
    type(alfi_simulator), intent(in), optional :: simulator
    type(c_ptr) :: at
    at = c_null_ptr
    if (present(simulator)) at = simulator%at
  end function

  impure elemental subroutine machine_assign(to, from)
    class(alfi_machine), intent(inout) :: to
    class(alfi_machine), intent(in) :: from
    call take_copy(to, from, c_machine_copy, machine_kind)
  end subroutine
end module
