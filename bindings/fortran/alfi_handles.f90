!> What the types of the module alfi are made of: pointers to what the library made, and how its failures are told.
module alfi_handles
  use, intrinsic :: iso_c_binding
  use, intrinsic :: iso_fortran_env, only: error_unit
  use alfi_c
  implicit none
  private

  public :: handle, take, take_copy, tell, text_at, c_text, optional_text, chosen

  integer, parameter, public :: alfi_ok = 0, alfi_input_error = 1, alfi_shape_error = 2, alfi_numeric_error = 3, &
    alfi_not_available = 4, alfi_device_error = 5, alfi_out_of_memory = 6, alfi_callback_error = 7, alfi_cancelled = 8, &
    alfi_other_error = 9
  integer, parameter, public :: alfi_sample_ok = 0, alfi_sample_failed = 1, alfi_sample_too_long = 2
  integer, parameter, public :: alfi_cpu = 0, alfi_cuda = 1
  integer, parameter, public :: alfi_real32 = c_float, alfi_real64 = c_double, alfi_int64 = c_int64_t

  integer, parameter, public :: configuration_kind = 1, description_kind = 2, simulator_kind = 3, trainer_kind = 4, &
    machine_kind = 5, posterior_kind = 6, inferrer_kind = 7
  integer, parameter, public :: lent_kind = 8  !< another's posterior: not given back

  !> What all types are: a pointer to something of the library, given back at the end.
  type :: handle
    type(c_ptr) :: at = c_null_ptr
    integer :: kind = 0
  contains
    final :: free_one
  end type

contains

  subroutine release(at, kind)
    type(c_ptr), intent(inout) :: at
    integer, intent(in) :: kind
    if (.not. c_associated(at)) return
    select case (kind)
    case (configuration_kind)
      call c_configuration_free(at)
    case (description_kind)
      call c_description_free(at)
    case (simulator_kind)
      call c_simulator_free(at)
    case (trainer_kind)
      call c_trainer_free(at)
    case (machine_kind)
      call c_machine_free(at)
    case (posterior_kind)
      call c_posterior_free(at)
    case (inferrer_kind)
      call c_inferrer_free(at)
    end select
    at = c_null_ptr
  end subroutine

  impure elemental subroutine free_one(self)
    type(handle), intent(inout) :: self
    call release(self%at, self%kind)
  end subroutine

  !> Puts what was made in the place of what was there; tells of a failure.
  subroutine take(self, made, kind, status, stat, errmsg)
    class(handle), intent(inout) :: self
    type(c_ptr), intent(in) :: made
    integer, intent(in) :: kind
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    if (status == alfi_ok) then
      call release(self%at, self%kind)
      self%at = made
      self%kind = kind
    end if
    call tell(status, stat, errmsg)
  end subroutine

  !> The same of a copy; of nothing nothing.
  subroutine take_copy(to, from, copied, kind)
    class(handle), intent(inout) :: to
    class(handle), intent(in) :: from
    procedure(c_copy) :: copied
    integer, intent(in) :: kind
    type(c_ptr) :: copy
    integer(c_int32_t) :: status
    copy = c_null_ptr
    status = alfi_ok
    if (c_associated(from%at)) status = copied(from%at, copy)
    call take(to, copy, kind, status)
  end subroutine

  subroutine tell(status, stat, errmsg)
    integer(c_int32_t), intent(in) :: status
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: errmsg
    if (present(stat)) stat = int(status)
    if (status == alfi_ok) return
    if (present(errmsg)) errmsg = text_at(c_last_error())
    if (present(stat)) return
    write (error_unit, '(2a)') 'alfi: ', text_at(c_last_error())
    stop 1
  end subroutine

  !> A copy of C's text; '' of none.
  function text_at(at) result(text)
    type(c_ptr), intent(in) :: at
    character(len=:), allocatable :: text
    character(kind=c_char), pointer :: letters(:)
    integer :: i, length
    length = 0
    if (c_associated(at)) length = int(c_text_length(at))
    allocate (character(len=length) :: text)
    if (length == 0) return
    call c_f_pointer(at, letters, [length])
    do i = 1, length
      text(i:i) = letters(i)
    end do
  end function

  function c_text(text) result(ended)
    character(len=*), intent(in) :: text
    character(len=:), allocatable :: ended
    ended = trim(text)//c_null_char
  end function

  function optional_text(text) result(ended)
    character(len=*), intent(in), optional :: text
    character(len=:), allocatable :: ended
    ended = c_null_char
    if (present(text)) ended = c_text(text)
  end function

  function chosen(asked, default) result(value)
    integer, intent(in), optional :: asked
    integer, intent(in) :: default
    integer(c_int32_t) :: value
    value = int(default, c_int32_t)
    if (present(asked)) value = int(asked, c_int32_t)
  end function
end module
