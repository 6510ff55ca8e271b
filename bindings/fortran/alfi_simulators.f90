!> Configurations, descriptions and simulators of the module alfi.
module alfi_simulators
  use, intrinsic :: iso_c_binding
  use alfi_c
  use alfi_handles
  implicit none
  private

  public :: alfi_configuration, alfi_description, alfi_simulator, alfi_simulate, alfi_random, alfi_uniform, alfi_normal

  !> Everything a training may be told; keys as in docs/file-formats.md.
  type, extends(handle) :: alfi_configuration
  contains
    procedure :: create => configuration_create          !< (simulator_name)
    procedure, private :: set_text
    procedure, private :: set_integer
    procedure, private :: set_float
    procedure, private :: set_double
    generic :: set => set_text, set_integer, set_float, set_double  !< (key, value)
    procedure, private :: configuration_assign
    generic :: assignment(=) => configuration_assign
  end type

  !> What a simulator of yours is about: sets are observed, unless set_series is called.
  type, extends(handle) :: alfi_description
  contains
    procedure :: create => description_create            !< (simulator_name)
    procedure, private :: add_parameter_float
    procedure, private :: add_parameter_double
    generic :: add_parameter => add_parameter_float, add_parameter_double  !< (name, prior, a, b, unit)
    procedure :: add_column                              !< (name, unit)
    procedure :: set_series                              !< (length)
    procedure, private :: description_assign
    generic :: assignment(=) => description_assign
  end type

  type, extends(handle) :: alfi_simulator
  contains
    procedure :: from_callback                           !< (description, simulate, many)
    procedure :: from_configuration                      !< (configuration): built in, or a program
    procedure, private :: simulator_assign
    generic :: assignment(=) => simulator_assign
  end type

  !> Random numbers for a simulator, alfi_random(seeds(i)) for each sample.
  type, bind(c) :: alfi_random
    integer(c_int64_t) :: seed = 0, drawn = 0
  end type

  interface
    !> On the open interval (0, 1), 52 bits.
    function alfi_uniform(random) result(draw) bind(c, name="alfi_random_uniform")
      import :: alfi_random, c_double
      type(alfi_random), intent(inout) :: random
      real(c_double) :: draw
    end function
    !> Mean 0, standard deviation 1.
    function alfi_normal(random) result(draw) bind(c, name="alfi_random_normal")
      import :: alfi_random, c_double
      type(alfi_random), intent(inout) :: random
      real(c_double) :: draw
    end function
  end interface

  abstract interface
    !> Makes R samples x (D, R) for theta (P, R), inside the prior's support; seeds (R) are the randomness to use.
    !> status (R): alfi_sample_ok before. stat: 0 before; anything else ends the training or inference.
    !> A module's or an external procedure; with many = .true. it is called by several threads at once.
    subroutine alfi_simulate(theta, seeds, x, status, stat)
      import :: c_double, c_int64_t
      real(c_double), intent(in) :: theta(:, :)
      integer(c_int64_t), intent(in) :: seeds(:)
      real(c_double), intent(inout) :: x(:, :)
      integer, intent(inout) :: status(:), stat
    end subroutine
  end interface

  !> A procedure pointer, where a C pointer can point to it.
  type :: held_simulate
    procedure(alfi_simulate), pointer, nopass :: call => null()
  end type

contains

  subroutine configuration_create(self, simulator_name, stat, errmsg)
    class(alfi_configuration), intent(inout) :: self
    character(len=*), intent(in) :: simulator_name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_configuration_create(c_text(simulator_name), made)
    call take(self, made, configuration_kind, status, stat, errmsg)
  end subroutine

  subroutine set_text(self, key, value, stat, errmsg)
    class(alfi_configuration), intent(inout) :: self
    character(len=*), intent(in) :: key
    character(len=*), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_configuration_set(self%at, c_text(key), c_text(value)), stat, errmsg)
  end subroutine

  subroutine set_integer(self, key, value, stat, errmsg)
    class(alfi_configuration), intent(inout) :: self
    character(len=*), intent(in) :: key
    integer, intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_configuration_set_integer(self%at, c_text(key), int(value, c_int64_t)), stat, errmsg)
  end subroutine

  subroutine set_float(self, key, value, stat, errmsg)
    class(alfi_configuration), intent(inout) :: self
    character(len=*), intent(in) :: key
    real(c_float), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_configuration_set_real(self%at, c_text(key), real(value, c_double)), stat, errmsg)
  end subroutine

  subroutine set_double(self, key, value, stat, errmsg)
    class(alfi_configuration), intent(inout) :: self
    character(len=*), intent(in) :: key
    real(c_double), intent(in) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_configuration_set_real(self%at, c_text(key), value), stat, errmsg)
  end subroutine

  impure elemental subroutine configuration_assign(to, from)
    class(alfi_configuration), intent(inout) :: to
    class(alfi_configuration), intent(in) :: from
    call take_copy(to, from, c_configuration_copy, configuration_kind)
  end subroutine

  subroutine description_create(self, simulator_name, stat, errmsg)
    class(alfi_description), intent(inout) :: self
    character(len=*), intent(in) :: simulator_name
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_description_create(c_text(simulator_name), made)
    call take(self, made, description_kind, status, stat, errmsg)
  end subroutine

  subroutine add_parameter_double(self, name, prior, a, b, unit, stat, errmsg)
    class(alfi_description), intent(inout) :: self
    character(len=*), intent(in) :: name, prior
    real(c_double), intent(in) :: a
    real(c_double), intent(in), optional :: b  ! not of an exponential prior
    character(len=*), intent(in), optional :: unit
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: second
    second = 0
    if (present(b)) second = b
    call tell(c_add_parameter(self%at, c_text(name), optional_text(unit), c_text(prior), a, second), stat, errmsg)
  end subroutine

  subroutine add_parameter_float(self, name, prior, a, b, unit, stat, errmsg)
    class(alfi_description), intent(inout) :: self
    character(len=*), intent(in) :: name, prior
    real(c_float), intent(in) :: a
    real(c_float), intent(in), optional :: b
    character(len=*), intent(in), optional :: unit
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: second
    second = 0
    if (present(b)) second = real(b, c_double)
    call add_parameter_double(self, name, prior, real(a, c_double), second, unit, stat, errmsg)
  end subroutine

  subroutine add_column(self, name, unit, stat, errmsg)
    class(alfi_description), intent(inout) :: self
    character(len=*), intent(in) :: name
    character(len=*), intent(in), optional :: unit
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_add_column(self%at, c_text(name), optional_text(unit)), stat, errmsg)
  end subroutine

  !> A sample is a series of `length` rows; 1: a vector.
  subroutine set_series(self, length, stat, errmsg)
    class(alfi_description), intent(inout) :: self
    integer, intent(in) :: length
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_set_series(self%at, int(length, c_int64_t)), stat, errmsg)
  end subroutine

  impure elemental subroutine description_assign(to, from)
    class(alfi_description), intent(inout) :: to
    class(alfi_description), intent(in) :: from
    call take_copy(to, from, c_description_copy, description_kind)
  end subroutine

  subroutine from_callback(self, description, simulate, many, stat, errmsg)
    class(alfi_simulator), intent(inout) :: self
    type(alfi_description), intent(in) :: description
    procedure(alfi_simulate) :: simulate
    logical, intent(in), optional :: many  ! by several threads at once
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(held_simulate), pointer :: held
    type(c_callback_options) :: options
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    allocate (held)
    held%call => simulate
    options%size = size(transfer(options, [c_null_char]))
    options%user = c_loc(held)
    options%release = c_funloc(release_simulate)
    if (present(many)) options%calls = merge(1_c_int32_t, 0_c_int32_t, many)
    made = c_null_ptr
    status = c_simulator_from_callback(description%at, c_funloc(call_simulate), options, made)
    if (status /= alfi_ok) deallocate (held)
    call take(self, made, simulator_kind, status, stat, errmsg)
  end subroutine

  subroutine from_configuration(self, configuration, stat, errmsg)
    class(alfi_simulator), intent(inout) :: self
    type(alfi_configuration), intent(in) :: configuration
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    made = c_null_ptr
    status = c_simulator_from_configuration(configuration%at, made)
    call take(self, made, simulator_kind, status, stat, errmsg)
  end subroutine

  function call_simulate(rows, user) result(answer) bind(c)
    type(c_rows), intent(in) :: rows
    type(c_ptr), value :: user
    integer(c_int) :: answer
    type(held_simulate), pointer :: held
    real(c_double), pointer :: theta(:, :), x(:, :)
    integer(c_int64_t), pointer :: seeds(:)
    character(kind=c_char), pointer :: bytes(:)
    integer, allocatable :: status(:)
    integer :: stat
    call c_f_pointer(user, held)
    call c_f_pointer(rows%theta, theta, [rows%parameters, rows%rows])
    call c_f_pointer(rows%seeds, seeds, [rows%rows])
    call c_f_pointer(rows%x, x, [rows%numbers, rows%rows])
    call c_f_pointer(rows%status, bytes, [rows%rows])
    allocate (status(rows%rows))
    status = alfi_sample_ok
    stat = 0
    call held%call(theta, seeds, x, status, stat)
    where (status < alfi_sample_ok .or. status > alfi_sample_too_long) status = alfi_sample_failed
    bytes = achar(status)
    answer = int(stat, c_int)
  end function

  subroutine release_simulate(user) bind(c)
    type(c_ptr), value :: user
    type(held_simulate), pointer :: held
    call c_f_pointer(user, held)
    deallocate (held)
  end subroutine

  impure elemental subroutine simulator_assign(to, from)
    class(alfi_simulator), intent(inout) :: to
    class(alfi_simulator), intent(in) :: from
    call take_copy(to, from, c_simulator_copy, simulator_kind)
  end subroutine
end module
