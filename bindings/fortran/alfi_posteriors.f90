!> Posteriors of the module alfi.
module alfi_posteriors
  use, intrinsic :: iso_c_binding
  use alfi_c
  use alfi_handles
  implicit none
  private

  public :: alfi_posterior

  !> An answer, in theta's own units.
  type, extends(handle) :: alfi_posterior
  contains
    procedure :: parameters => posterior_parameters      !< (parameters): P
    procedure :: name => posterior_name                  !< (i), a function: of parameter i = 1 .. P; '' of no other
    procedure, private :: mean_float
    procedure, private :: mean_double
    procedure, private :: deviation_float
    procedure, private :: deviation_double
    procedure, private :: quantile_float
    procedure, private :: quantile_double
    procedure, private :: draw_float
    procedure, private :: draw_double
    procedure, private :: draw_float_int32
    procedure, private :: draw_double_int32
    procedure, private :: density_float
    procedure, private :: density_double
    generic :: mean => mean_float, mean_double           !< (values(P))
    generic :: standard_deviation => deviation_float, deviation_double  !< (values(P))
    generic :: quantile => quantile_float, quantile_double  !< (probability, values(P)), of each marginal
    !> (seed, draws(P, :)). seed: an integer of 32 or 64 bits.
    generic :: draw => draw_float, draw_double, draw_float_int32, draw_double_int32
    generic :: log_density => density_float, density_double  !< (theta(P), value); -infinity outside the support
    procedure :: simulator_calls                         !< (calls)
    procedure :: warning => posterior_warning            !< (i), a function: reason i = 1 .. to doubt it; '': no more
    procedure, private :: posterior_assign
    generic :: assignment(=) => posterior_assign
  end type

contains

  subroutine posterior_parameters(self, parameters, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    integer, intent(inout) :: parameters
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: p
    integer(c_int32_t) :: status
    status = c_posterior_parameters(self%at, p)
    if (status == alfi_ok) parameters = int(p)
    call tell(status, stat, errmsg)
  end subroutine

  function posterior_name(self, i) result(name)
    class(alfi_posterior), intent(in) :: self
    integer, intent(in) :: i
    character(len=:), allocatable :: name
    name = text_at(c_posterior_name(self%at, i - 1_c_int64_t))
  end function

  function posterior_warning(self, i) result(text)
    class(alfi_posterior), intent(in) :: self
    integer, intent(in) :: i
    character(len=:), allocatable :: text
    text = text_at(c_posterior_warning(self%at, i - 1_c_int64_t))
  end function

  subroutine simulator_calls(self, calls, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    integer, intent(inout) :: calls
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: made
    integer(c_int32_t) :: status
    status = c_posterior_calls(self%at, made)
    if (status == alfi_ok) calls = int(made)
    call tell(status, stat, errmsg)
  end subroutine

  subroutine mean_double(self, values, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    real(c_double), intent(inout) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_posterior_mean(self%at, values, int(size(values), c_int64_t)), stat, errmsg)
  end subroutine

  subroutine mean_float(self, values, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    real(c_float), intent(inout) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: made(size(values))
    integer(c_int32_t) :: status
    status = c_posterior_mean(self%at, made, int(size(values), c_int64_t))
    if (status == alfi_ok) values = real(made, c_float)
    call tell(status, stat, errmsg)
  end subroutine

  subroutine deviation_double(self, values, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    real(c_double), intent(inout) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_posterior_deviation(self%at, values, int(size(values), c_int64_t)), stat, errmsg)
  end subroutine

  subroutine deviation_float(self, values, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    real(c_float), intent(inout) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: made(size(values))
    integer(c_int32_t) :: status
    status = c_posterior_deviation(self%at, made, int(size(values), c_int64_t))
    if (status == alfi_ok) values = real(made, c_float)
    call tell(status, stat, errmsg)
  end subroutine

  subroutine quantile_double(self, probability, values, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    real(c_double), intent(in) :: probability
    real(c_double), intent(inout) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_posterior_quantile(self%at, probability, values, int(size(values), c_int64_t)), stat, errmsg)
  end subroutine

  subroutine quantile_float(self, probability, values, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    real(c_float), intent(in) :: probability
    real(c_float), intent(inout) :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: made(size(values))
    integer(c_int32_t) :: status
    status = c_posterior_quantile(self%at, real(probability, c_double), made, int(size(values), c_int64_t))
    if (status == alfi_ok) values = real(made, c_float)
    call tell(status, stat, errmsg)
  end subroutine

  subroutine draw_double(self, seed, draws, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    integer(c_int64_t), intent(in) :: seed
    real(c_double), intent(inout) :: draws(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    integer(c_int64_t) :: parameters
    integer(c_int32_t) :: status
    status = c_posterior_parameters(self%at, parameters)
    if (status == alfi_ok .and. size(draws, 1) /= parameters) then
      status = c_posterior_mean(self%at, draws, int(size(draws, 1), c_int64_t))  ! which refuses, and says why
    else if (status == alfi_ok) then
      status = c_posterior_draw(self%at, seed, draws, int(size(draws), c_int64_t))
    end if
    call tell(status, stat, errmsg)
  end subroutine

  subroutine draw_float(self, seed, draws, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    integer(c_int64_t), intent(in) :: seed
    real(c_float), intent(inout) :: draws(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double), allocatable :: made(:, :)
    integer :: status
    allocate (made(size(draws, 1), size(draws, 2)))
    call draw_double(self, seed, made, status, errmsg)
    if (status == alfi_ok) draws = real(made, c_float)
    call tell(int(status, c_int32_t), stat)
  end subroutine

  subroutine draw_double_int32(self, seed, draws, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    integer(c_int32_t), intent(in) :: seed
    real(c_double), intent(inout) :: draws(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call draw_double(self, int(seed, c_int64_t), draws, stat, errmsg)
  end subroutine

  subroutine draw_float_int32(self, seed, draws, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    integer(c_int32_t), intent(in) :: seed
    real(c_float), intent(inout) :: draws(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call draw_float(self, int(seed, c_int64_t), draws, stat, errmsg)
  end subroutine

  subroutine density_double(self, theta, value, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    real(c_double), intent(in) :: theta(:)
    real(c_double), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call tell(c_posterior_log_density(self%at, theta, int(size(theta), c_int64_t), value), stat, errmsg)
  end subroutine

  subroutine density_float(self, theta, value, stat, errmsg)
    class(alfi_posterior), intent(in) :: self
    real(c_float), intent(in) :: theta(:)
    real(c_float), intent(inout) :: value
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    real(c_double) :: made
    integer(c_int32_t) :: status
    status = c_posterior_log_density(self%at, real(theta, c_double), int(size(theta), c_int64_t), made)
    if (status == alfi_ok) value = real(made, c_float)
    call tell(status, stat, errmsg)
  end subroutine

  impure elemental subroutine posterior_assign(to, from)
    class(alfi_posterior), intent(inout) :: to
    class(alfi_posterior), intent(in) :: from
    call take_copy(to, from, c_posterior_copy, posterior_kind)
  end subroutine
end module
