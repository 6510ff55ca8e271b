!> alfi for Fortran 2003 (and `impure elemental` of 2008, so that arrays of these types are copied and cleaned up, too).
!> docs/embedding.md has a program; alfi.h, which this calls, the rules.
!>
!> Types clean up after themselves; b = a makes b another handle to the same simulator, trainer, machine or posterior
!> (a configuration, description or inferrer of its own). Arrays are as Fortran has them: an alfi row is a column here, theta is
!> (P, R), observations are (D, N).
!> Failures: stat, where given, is alfi_ok or one of the others, and errmsg says why; without stat the program stops
!> with the message, as for ALLOCATE. Where something failed nothing has changed.
module alfi
  use alfi_c, only: c_version
  use alfi_handles, only: text_at, alfi_ok, alfi_input_error, alfi_shape_error, alfi_numeric_error, alfi_not_available, &
    alfi_device_error, alfi_out_of_memory, alfi_callback_error, alfi_cancelled, alfi_other_error, alfi_sample_ok, &
    alfi_sample_failed, alfi_sample_too_long, alfi_cpu, alfi_cuda, alfi_real32, alfi_real64, alfi_int64
  use alfi_simulators, only: alfi_configuration, alfi_description, alfi_simulator, alfi_simulate, alfi_random, &
    alfi_uniform, alfi_normal
  use alfi_machines, only: alfi_trainer, alfi_machine, alfi_infer_options, alfi_watch, alfi_log
  use alfi_inferrers, only: alfi_inferrer
  use alfi_posteriors, only: alfi_posterior
  implicit none
  private :: c_version, text_at

contains

  !> The library's: "0.1.0".
  function alfi_version() result(text)
    character(len=:), allocatable :: text
    text = text_at(c_version())
  end function
end module
