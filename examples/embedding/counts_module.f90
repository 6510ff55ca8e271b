!> Counts in one second of a source of unknown rate: a simulator in Fortran.
module counts_module
  use alfi
  implicit none

contains

  !> x (1, R) for theta (1, R); all that is random, from the seed of each.
  subroutine count(theta, seeds, x, status, stat)
    real(alfi_real64), intent(in) :: theta(:, :)
    integer(alfi_int64), intent(in) :: seeds(:)
    real(alfi_real64), intent(inout) :: x(:, :)
    integer, intent(inout) :: status(:), stat
    type(alfi_random) :: random
    real(alfi_real64) :: t
    integer :: i, n
    stat = 0  ! it can go on
    do i = 1, size(seeds)
      random = alfi_random(seeds(i))
      n = 0
      t = -log(alfi_uniform(random))
      do while (t < theta(1, i))
        n = n + 1
        t = t - log(alfi_uniform(random))
      end do
      x(1, i) = n
      if (n > 10000) status(i) = alfi_sample_too_long
    end do
  end subroutine
end module
