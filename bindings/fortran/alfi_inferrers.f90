!> Inference again and again of the module alfi.
module alfi_inferrers
  use, intrinsic :: iso_c_binding
  use alfi_c
  use alfi_handles
  use alfi_machines
  use alfi_posteriors
  implicit none
  private

  public :: alfi_inferrer

  !> For a code that asks while it runs, in memory that is kept. b = a: one of its own, like it.
  type, extends(handle) :: alfi_inferrer
    integer(c_int64_t), private :: numbers = 0  !< D of a sample
  contains
    procedure :: create => inferrer_create               !< (machine, most_samples, options): options%seed is 0
    procedure, private :: infer_float_1
    procedure, private :: infer_float_2
    procedure, private :: infer_double_1
    procedure, private :: infer_double_2
    procedure, private :: infer_float_1_int32
    procedure, private :: infer_float_2_int32
    procedure, private :: infer_double_1_int32
    procedure, private :: infer_double_2_int32
    !> (x, seed, posterior). x as of a machine. seed: an integer of 32 or 64 bits; those below 0 are C's from 2^63 on. The
    !> posterior is the inferrer's own: it changes when that is asked again and ends with it; kept = posterior keeps it.
    generic :: infer => infer_float_1, infer_float_2, infer_double_1, infer_double_2, infer_float_1_int32, &
      infer_float_2_int32, infer_double_1_int32, infer_double_2_int32
    procedure, private :: inferrer_assign
    generic :: assignment(=) => inferrer_assign
  end type

contains

  subroutine inferrer_create(self, machine, most_samples, options, stat, errmsg)
    class(alfi_inferrer), intent(inout) :: self
    type(alfi_machine), intent(in) :: machine
    integer, intent(in) :: most_samples
    type(alfi_infer_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_infer_options) :: asked
    type(c_ptr) :: made
    integer(c_int32_t) :: status
    call ask(asked, options)
    made = c_null_ptr
    status = c_inferrer_create(machine%at, int(most_samples, c_int64_t), asked, made)
    if (status == alfi_ok) self%numbers = numbers_of(machine)
    call take(self, made, inferrer_kind, status, stat, errmsg)
  end subroutine

  subroutine infer_float_1(self, x, seed, posterior, stat, errmsg)
    class(alfi_inferrer), intent(inout) :: self
    real(c_float), intent(in) :: x(:)
    integer(c_int64_t), intent(in) :: seed
    type(alfi_posterior), intent(inout) :: posterior
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int64_t) :: numbers, samples
    integer(c_int32_t) :: status
    call sample_shape(self%numbers, 1, 1, size(x), numbers, samples)
    made = c_null_ptr
    status = c_inferrer_infer_float(self%at, x, samples, numbers, seed, made)
    call take(posterior, made, lent_kind, status, stat, errmsg)
  end subroutine

  subroutine infer_float_2(self, x, seed, posterior, stat, errmsg)
    class(alfi_inferrer), intent(inout) :: self
    real(c_float), intent(in) :: x(:, :)
    integer(c_int64_t), intent(in) :: seed
    type(alfi_posterior), intent(inout) :: posterior
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int64_t) :: numbers, samples
    integer(c_int32_t) :: status
    call sample_shape(self%numbers, 2, size(x, 1), size(x), numbers, samples)
    made = c_null_ptr
    status = c_inferrer_infer_float(self%at, x, samples, numbers, seed, made)
    call take(posterior, made, lent_kind, status, stat, errmsg)
  end subroutine

  subroutine infer_double_1(self, x, seed, posterior, stat, errmsg)
    class(alfi_inferrer), intent(inout) :: self
    real(c_double), intent(in) :: x(:)
    integer(c_int64_t), intent(in) :: seed
    type(alfi_posterior), intent(inout) :: posterior
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int64_t) :: numbers, samples
    integer(c_int32_t) :: status
    call sample_shape(self%numbers, 1, 1, size(x), numbers, samples)
    made = c_null_ptr
    status = c_inferrer_infer(self%at, x, samples, numbers, seed, made)
    call take(posterior, made, lent_kind, status, stat, errmsg)
  end subroutine

  subroutine infer_double_2(self, x, seed, posterior, stat, errmsg)
    class(alfi_inferrer), intent(inout) :: self
    real(c_double), intent(in) :: x(:, :)
    integer(c_int64_t), intent(in) :: seed
    type(alfi_posterior), intent(inout) :: posterior
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    type(c_ptr) :: made
    integer(c_int64_t) :: numbers, samples
    integer(c_int32_t) :: status
    call sample_shape(self%numbers, 2, size(x, 1), size(x), numbers, samples)
    made = c_null_ptr
    status = c_inferrer_infer(self%at, x, samples, numbers, seed, made)
    call take(posterior, made, lent_kind, status, stat, errmsg)
  end subroutine

  subroutine infer_float_1_int32(self, x, seed, posterior, stat, errmsg)
    class(alfi_inferrer), intent(inout) :: self
    real(c_float), intent(in) :: x(:)
    integer(c_int32_t), intent(in) :: seed
    type(alfi_posterior), intent(inout) :: posterior
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call infer_float_1(self, x, int(seed, c_int64_t), posterior, stat, errmsg)
  end subroutine

  subroutine infer_float_2_int32(self, x, seed, posterior, stat, errmsg)
    class(alfi_inferrer), intent(inout) :: self
    real(c_float), intent(in) :: x(:, :)
    integer(c_int32_t), intent(in) :: seed
    type(alfi_posterior), intent(inout) :: posterior
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call infer_float_2(self, x, int(seed, c_int64_t), posterior, stat, errmsg)
  end subroutine

  subroutine infer_double_1_int32(self, x, seed, posterior, stat, errmsg)
    class(alfi_inferrer), intent(inout) :: self
    real(c_double), intent(in) :: x(:)
    integer(c_int32_t), intent(in) :: seed
    type(alfi_posterior), intent(inout) :: posterior
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call infer_double_1(self, x, int(seed, c_int64_t), posterior, stat, errmsg)
  end subroutine

  subroutine infer_double_2_int32(self, x, seed, posterior, stat, errmsg)
    class(alfi_inferrer), intent(inout) :: self
    real(c_double), intent(in) :: x(:, :)
    integer(c_int32_t), intent(in) :: seed
    type(alfi_posterior), intent(inout) :: posterior
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    call infer_double_2(self, x, int(seed, c_int64_t), posterior, stat, errmsg)
  end subroutine

  impure elemental subroutine inferrer_assign(to, from)
    class(alfi_inferrer), intent(inout) :: to
    class(alfi_inferrer), intent(in) :: from
    to%numbers = from%numbers
    call take_copy(to, from, c_inferrer_copy, inferrer_kind)
  end subroutine
end module
