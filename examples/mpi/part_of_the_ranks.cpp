// A program that owns MPI: all ranks but the last train a machine for a simulator of theirs, the last one goes on with
// its own work. mpirun -n 3 part_of_the_ranks [STEPS]
#include <mpi.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "alfi/alfi.hpp"
#include "alfi/mpi/communicator.hpp"

namespace {

/// A calorimeter that measures an energy with a resolution of 5 %.
void calorimeter(const alfi::RowsRequest& rows) {
  for (alfi::Index i = 0; i < rows.theta.rows; ++i) {
    std::mt19937_64 random(rows.seeds[i]);  // all that is random, from the row's seed
    const double energy = rows.theta(i, 0);
    rows.out(i, 0) = std::normal_distribution<double>(energy, 0.05 * energy)(random);
  }
}

/// What the trained machine says of eight measurements: mean and standard deviation. The same on every rank of comm.
void train_and_infer(MPI_Comm comm, int steps, double answer[2]) {
  alfi::SimulatorInfo info;
  info.name = "calorimeter";
  info.parameters = {{"energy", "GeV", "of the particle", alfi::Prior::gamma(20, 2)}};
  info.observation.names = {"measured"};
  info.observation.units = {"GeV"};
  const alfi::Simulator simulator = alfi::make_callback_simulator(info, calorimeter);

  alfi::Configuration configuration;
  configuration.simulator.name = info.name;
  configuration.problem.observed_min = 4;
  configuration.problem.observed_max = 16;
  configuration.train.problems = 16;
  configuration.train.observations = 16;
  configuration.train.steps = steps;
  configuration.train.standardize = 200;
  configuration.train.validation_problems = 16;

  alfi::mpi::Communicator ranks(comm);  // a duplicate of it: messages of the host never meet ours
  alfi::Trainer trainer(configuration, simulator, 1, alfi::Context(), &ranks);
  while (trainer.step() < configuration.train.steps) trainer.advance();
  trainer.validate_and_keep_best();

  const std::vector<float> measured{9.6f, 10.9f, 10.2f, 9.9f, 10.6f, 9.8f, 10.4f, 10.1f};
  const alfi::Posterior posterior = trainer.machine().infer(simulator, {measured.data(), 8, 1}).posterior;
  answer[0] = posterior.mean()[0];
  answer[1] = posterior.standard_deviation()[0];
}

/// The work of a host that knows nothing of all this: pi, by the area under 4 / (1 + x^2).
double pi() {
  constexpr int kSteps = 1000000;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double x = (i + 0.5) / kSteps;
    sum += 4 / (1 + x * x);
  }
  return sum / kSteps;
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0, size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const bool works_alone = size > 1 && rank == size - 1;
  MPI_Comm part = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, works_alone ? 1 : 0, rank, &part);

  double answer[2] = {0, 0}, area = 0;
  if (works_alone) {
    area = pi();
  } else {
    train_and_infer(part, argc > 1 ? std::atoi(argv[1]) : 100, answer);
  }
  MPI_Bcast(&area, 1, MPI_DOUBLE, size - 1, MPI_COMM_WORLD);
  if (rank == 0) std::printf("energy %.2f +- %.2f GeV; meanwhile pi: %.6f\n", answer[0], answer[1], area);
  MPI_Comm_free(&part);
  MPI_Finalize();
}
