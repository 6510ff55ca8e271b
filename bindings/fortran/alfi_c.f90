!> The functions of alfi.h as Fortran sees them; that header says what they do. Programs use the module alfi.
module alfi_c
  use, intrinsic :: iso_c_binding, only: c_char, c_double, c_float, c_funptr, c_int, c_int32_t, c_int64_t, c_null_funptr, &
    c_null_ptr, c_ptr, c_size_t
  implicit none

  type, bind(c) :: c_rows
    integer(c_size_t) :: size
    integer(c_int64_t) :: rows, parameters, numbers
    type(c_ptr) :: theta, seeds, x, status
  end type

  type, bind(c) :: c_callback_options
    integer(c_size_t) :: size = 0
    type(c_ptr) :: user = c_null_ptr
    type(c_funptr) :: release = c_null_funptr
    integer(c_int64_t) :: most_rows = 0
    integer(c_int32_t) :: calls = 0
  end type

  type, bind(c) :: c_progress
    integer(c_size_t) :: size
    integer(c_int64_t) :: step, steps, simulator_calls, failed
    real(c_double) :: loss, rmse, learning_rate, gradient_norm
  end type

  type, bind(c) :: c_train_options
    integer(c_size_t) :: size = 0
    type(c_funptr) :: watch = c_null_funptr, log = c_null_funptr
    type(c_ptr) :: user = c_null_ptr
    integer(c_int64_t) :: most_steps = 0
  end type

  type, bind(c) :: c_infer_options
    integer(c_size_t) :: size = 0
    type(c_funptr) :: watch = c_null_funptr, log = c_null_funptr
    type(c_ptr) :: user = c_null_ptr
    integer(c_int64_t) :: iterations = 0, thetas = 0, observations = 0, seed = 0
    integer(c_int32_t) :: threads = 0, device = 0
  end type

  abstract interface
    function c_copy(from, copy) result(status) bind(c)
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: from
      type(c_ptr), intent(inout) :: copy
      integer(c_int32_t) :: status
    end function
  end interface

  interface
    function c_last_error() result(text) bind(c, name="alfi_last_error")
      import :: c_ptr
      type(c_ptr) :: text
    end function
    function c_version() result(text) bind(c, name="alfi_version")
      import :: c_ptr
      type(c_ptr) :: text
    end function
    function c_text_length(text) result(length) bind(c, name="strlen")
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
      integer(c_size_t) :: length
    end function

    subroutine c_configuration_free(handle) bind(c, name="alfi_configuration_free")
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine
    subroutine c_description_free(handle) bind(c, name="alfi_description_free")
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine
    subroutine c_simulator_free(handle) bind(c, name="alfi_simulator_free")
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine
    subroutine c_trainer_free(handle) bind(c, name="alfi_trainer_free")
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine
    subroutine c_machine_free(handle) bind(c, name="alfi_machine_free")
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine
    subroutine c_inferrer_free(handle) bind(c, name="alfi_inferrer_free")
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine
    subroutine c_posterior_free(handle) bind(c, name="alfi_posterior_free")
      import :: c_ptr
      type(c_ptr), value :: handle
    end subroutine

    function c_configuration_copy(from, copy) result(status) bind(c, name="alfi_configuration_copy")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: from
      type(c_ptr), intent(inout) :: copy
      integer(c_int32_t) :: status
    end function
    function c_description_copy(from, copy) result(status) bind(c, name="alfi_description_copy")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: from
      type(c_ptr), intent(inout) :: copy
      integer(c_int32_t) :: status
    end function
    function c_simulator_copy(from, copy) result(status) bind(c, name="alfi_simulator_copy")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: from
      type(c_ptr), intent(inout) :: copy
      integer(c_int32_t) :: status
    end function
    function c_trainer_copy(from, copy) result(status) bind(c, name="alfi_trainer_copy")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: from
      type(c_ptr), intent(inout) :: copy
      integer(c_int32_t) :: status
    end function
    function c_machine_copy(from, copy) result(status) bind(c, name="alfi_machine_copy")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: from
      type(c_ptr), intent(inout) :: copy
      integer(c_int32_t) :: status
    end function
    function c_inferrer_copy(from, copy) result(status) bind(c, name="alfi_inferrer_copy")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: from
      type(c_ptr), intent(inout) :: copy
      integer(c_int32_t) :: status
    end function
    function c_posterior_copy(from, copy) result(status) bind(c, name="alfi_posterior_copy")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: from
      type(c_ptr), intent(inout) :: copy
      integer(c_int32_t) :: status
    end function

    function c_configuration_create(name, configuration) result(status) bind(c, name="alfi_configuration_create")
      import :: c_char, c_ptr, c_int32_t
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr), intent(inout) :: configuration
      integer(c_int32_t) :: status
    end function
    function c_configuration_set(configuration, key, value) result(status) bind(c, name="alfi_configuration_set")
      import :: c_char, c_ptr, c_int32_t
      type(c_ptr), value :: configuration
      character(kind=c_char), intent(in) :: key(*), value(*)
      integer(c_int32_t) :: status
    end function
    function c_configuration_set_integer(configuration, key, value) result(status) &
      bind(c, name="alfi_configuration_set_integer")
      import :: c_char, c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: configuration
      character(kind=c_char), intent(in) :: key(*)
      integer(c_int64_t), value :: value
      integer(c_int32_t) :: status
    end function
    function c_configuration_set_real(configuration, key, value) result(status) &
      bind(c, name="alfi_configuration_set_real")
      import :: c_char, c_ptr, c_int32_t, c_double
      type(c_ptr), value :: configuration
      character(kind=c_char), intent(in) :: key(*)
      real(c_double), value :: value
      integer(c_int32_t) :: status
    end function

    function c_description_create(name, description) result(status) bind(c, name="alfi_description_create")
      import :: c_char, c_ptr, c_int32_t
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr), intent(inout) :: description
      integer(c_int32_t) :: status
    end function
    function c_add_parameter(description, name, unit, prior, a, b) result(status) &
      bind(c, name="alfi_description_add_parameter")
      import :: c_char, c_ptr, c_int32_t, c_double
      type(c_ptr), value :: description
      character(kind=c_char), intent(in) :: name(*), unit(*), prior(*)
      real(c_double), value :: a, b
      integer(c_int32_t) :: status
    end function
    function c_add_column(description, name, unit) result(status) bind(c, name="alfi_description_add_column")
      import :: c_char, c_ptr, c_int32_t
      type(c_ptr), value :: description
      character(kind=c_char), intent(in) :: name(*), unit(*)
      integer(c_int32_t) :: status
    end function
    function c_set_series(description, length) result(status) bind(c, name="alfi_description_set_series")
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: description
      integer(c_int64_t), value :: length
      integer(c_int32_t) :: status
    end function

    function c_simulator_from_callback(description, simulate, options, simulator) result(status) &
      bind(c, name="alfi_simulator_from_callback")
      import :: c_ptr, c_int32_t, c_funptr, c_callback_options
      type(c_ptr), value :: description
      type(c_funptr), value :: simulate
      type(c_callback_options), intent(in) :: options
      type(c_ptr), intent(inout) :: simulator
      integer(c_int32_t) :: status
    end function
    function c_simulator_from_configuration(configuration, simulator) result(status) &
      bind(c, name="alfi_simulator_from_configuration")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: configuration
      type(c_ptr), intent(inout) :: simulator
      integer(c_int32_t) :: status
    end function

    function c_trainer_create(configuration, simulator, threads, device, trainer) result(status) &
      bind(c, name="alfi_trainer_create")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: configuration, simulator
      integer(c_int32_t), value :: threads, device
      type(c_ptr), intent(inout) :: trainer
      integer(c_int32_t) :: status
    end function
    function c_trainer_run(trainer, options) result(status) bind(c, name="alfi_trainer_run")
      import :: c_ptr, c_int32_t, c_train_options
      type(c_ptr), value :: trainer
      type(c_train_options), intent(in) :: options
      integer(c_int32_t) :: status
    end function
    function c_trainer_step(trainer, step) result(status) bind(c, name="alfi_trainer_step")
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: trainer
      integer(c_int64_t), intent(inout) :: step
      integer(c_int32_t) :: status
    end function
    function c_trainer_save(trainer, path) result(status) bind(c, name="alfi_trainer_save")
      import :: c_char, c_ptr, c_int32_t
      type(c_ptr), value :: trainer
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int32_t) :: status
    end function
    function c_trainer_resume(trainer, path) result(status) bind(c, name="alfi_trainer_resume")
      import :: c_char, c_ptr, c_int32_t
      type(c_ptr), value :: trainer
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int32_t) :: status
    end function
    function c_trainer_machine(trainer, machine) result(status) bind(c, name="alfi_trainer_machine")
      import :: c_ptr, c_int32_t
      type(c_ptr), value :: trainer
      type(c_ptr), intent(inout) :: machine
      integer(c_int32_t) :: status
    end function

    function c_machine_load(path, simulator, machine) result(status) bind(c, name="alfi_machine_load")
      import :: c_char, c_ptr, c_int32_t
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), value :: simulator
      type(c_ptr), intent(inout) :: machine
      integer(c_int32_t) :: status
    end function
    function c_machine_from_memory(bytes, size, simulator, machine) result(status) bind(c, name="alfi_machine_from_memory")
      import :: c_char, c_ptr, c_int32_t, c_size_t
      character(kind=c_char), intent(in) :: bytes(*)
      integer(c_size_t), value :: size
      type(c_ptr), value :: simulator
      type(c_ptr), intent(inout) :: machine
      integer(c_int32_t) :: status
    end function
    function c_machine_save(machine, path) result(status) bind(c, name="alfi_machine_save")
      import :: c_char, c_ptr, c_int32_t
      type(c_ptr), value :: machine
      character(kind=c_char), intent(in) :: path(*)
      integer(c_int32_t) :: status
    end function
    function c_machine_to_memory(machine, buffer, capacity, size) result(status) bind(c, name="alfi_machine_to_memory")
      import :: c_ptr, c_int32_t, c_size_t
      type(c_ptr), value :: machine, buffer
      integer(c_size_t), value :: capacity
      integer(c_size_t), intent(inout) :: size
      integer(c_int32_t) :: status
    end function
    function c_machine_shape(machine, parameters, numbers) result(status) bind(c, name="alfi_machine_shape")
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: machine
      integer(c_int64_t), intent(inout) :: parameters, numbers
      integer(c_int32_t) :: status
    end function
    function c_machine_infer(machine, x, samples, numbers, options, posterior) result(status) &
      bind(c, name="alfi_machine_infer")
      import :: c_ptr, c_int32_t, c_int64_t, c_double, c_infer_options
      type(c_ptr), value :: machine
      real(c_double), intent(in) :: x(*)
      integer(c_int64_t), value :: samples, numbers
      type(c_infer_options), intent(in) :: options
      type(c_ptr), intent(inout) :: posterior
      integer(c_int32_t) :: status
    end function
    function c_machine_infer_many(machine, x, problems, most, numbers, counts, options, posteriors) result(status) &
      bind(c, name="alfi_machine_infer_many")
      import :: c_ptr, c_int32_t, c_int64_t, c_double, c_infer_options
      type(c_ptr), value :: machine
      real(c_double), intent(in) :: x(*)
      integer(c_int64_t), value :: problems, most, numbers
      integer(c_int32_t), intent(in) :: counts(*)
      type(c_infer_options), intent(in) :: options
      type(c_ptr), intent(inout) :: posteriors(*)
      integer(c_int32_t) :: status
    end function

    function c_inferrer_create(machine, most_samples, options, inferrer) result(status) &
      bind(c, name="alfi_inferrer_create")
      import :: c_ptr, c_int32_t, c_int64_t, c_infer_options
      type(c_ptr), value :: machine
      integer(c_int64_t), value :: most_samples
      type(c_infer_options), intent(in) :: options
      type(c_ptr), intent(inout) :: inferrer
      integer(c_int32_t) :: status
    end function
    function c_inferrer_infer(inferrer, x, samples, numbers, seed, posterior) result(status) &
      bind(c, name="alfi_inferrer_infer")
      import :: c_ptr, c_int32_t, c_int64_t, c_double
      type(c_ptr), value :: inferrer
      real(c_double), intent(in) :: x(*)
      integer(c_int64_t), value :: samples, numbers, seed
      type(c_ptr), intent(inout) :: posterior
      integer(c_int32_t) :: status
    end function
    function c_inferrer_infer_float(inferrer, x, samples, numbers, seed, posterior) result(status) &
      bind(c, name="alfi_inferrer_infer_float")
      import :: c_ptr, c_int32_t, c_int64_t, c_float
      type(c_ptr), value :: inferrer
      real(c_float), intent(in) :: x(*)
      integer(c_int64_t), value :: samples, numbers, seed
      type(c_ptr), intent(inout) :: posterior
      integer(c_int32_t) :: status
    end function

    function c_posterior_parameters(posterior, parameters) result(status) bind(c, name="alfi_posterior_parameters")
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: posterior
      integer(c_int64_t), intent(inout) :: parameters
      integer(c_int32_t) :: status
    end function
    function c_posterior_name(posterior, parameter) result(text) bind(c, name="alfi_posterior_name")
      import :: c_ptr, c_int64_t
      type(c_ptr), value :: posterior
      integer(c_int64_t), value :: parameter
      type(c_ptr) :: text
    end function
    function c_posterior_mean(posterior, mean, count) result(status) bind(c, name="alfi_posterior_mean")
      import :: c_ptr, c_int32_t, c_int64_t, c_double
      type(c_ptr), value :: posterior
      real(c_double), intent(inout) :: mean(*)
      integer(c_int64_t), value :: count
      integer(c_int32_t) :: status
    end function
    function c_posterior_deviation(posterior, sd, count) result(status) &
      bind(c, name="alfi_posterior_standard_deviation")
      import :: c_ptr, c_int32_t, c_int64_t, c_double
      type(c_ptr), value :: posterior
      real(c_double), intent(inout) :: sd(*)
      integer(c_int64_t), value :: count
      integer(c_int32_t) :: status
    end function
    function c_posterior_quantile(posterior, probability, theta, count) result(status) &
      bind(c, name="alfi_posterior_quantile")
      import :: c_ptr, c_int32_t, c_int64_t, c_double
      type(c_ptr), value :: posterior
      real(c_double), value :: probability
      real(c_double), intent(inout) :: theta(*)
      integer(c_int64_t), value :: count
      integer(c_int32_t) :: status
    end function
    function c_posterior_draw(posterior, seed, theta, count) result(status) bind(c, name="alfi_posterior_draw")
      import :: c_ptr, c_int32_t, c_int64_t, c_double
      type(c_ptr), value :: posterior
      integer(c_int64_t), value :: seed
      real(c_double), intent(inout) :: theta(*)
      integer(c_int64_t), value :: count
      integer(c_int32_t) :: status
    end function
    function c_posterior_log_density(posterior, theta, count, log_density) result(status) &
      bind(c, name="alfi_posterior_log_density")
      import :: c_ptr, c_int32_t, c_int64_t, c_double
      type(c_ptr), value :: posterior
      real(c_double), intent(in) :: theta(*)
      integer(c_int64_t), value :: count
      real(c_double), intent(inout) :: log_density
      integer(c_int32_t) :: status
    end function
    function c_posterior_calls(posterior, calls) result(status) bind(c, name="alfi_posterior_simulator_calls")
      import :: c_ptr, c_int32_t, c_int64_t
      type(c_ptr), value :: posterior
      integer(c_int64_t), intent(inout) :: calls
      integer(c_int32_t) :: status
    end function
    function c_posterior_warning(posterior, number) result(text) bind(c, name="alfi_posterior_warning")
      import :: c_ptr, c_int64_t
      type(c_ptr), value :: posterior
      integer(c_int64_t), value :: number
      type(c_ptr) :: text
    end function
  end interface
end module
