// The main of the test program that mpirun starts: doctest's, on every rank at once. Rank 0 prints, or who fails.
// ALFI_TEST_FUNNELED=1: only the main thread may call MPI.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>

int main(int argc, char** argv) {
  int level = 0, rank = 0;
  const bool funneled = std::getenv("ALFI_TEST_FUNNELED") != nullptr;
  MPI_Init_thread(&argc, &argv, funneled ? MPI_THREAD_FUNNELED : MPI_THREAD_SERIALIZED, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::ostringstream text;
  int failed = 0;
  {
    doctest::Context tests(argc, argv);
    tests.setCout(&text);
    failed = tests.run();
  }
  if (rank == 0 || failed != 0) std::printf("rank %d:\n%s", rank, text.str().c_str());
  MPI_Finalize();
  return failed;
}
