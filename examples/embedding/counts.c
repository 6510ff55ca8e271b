/* Trains a machine for a simulator of this program, and infers a rate from eight counts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "alfi/alfi.h"

/* Counts in one second of a source of unknown rate, by the times between them. */
static int count(const alfi_rows* rows, void* user) {
  (void)user;
  for (int64_t i = 0; i < rows->rows; ++i) {
    alfi_random random = {rows->seeds[i], 0}; /* all that is random, from the row's seed */
    const double rate = rows->theta[i];
    int n = 0;
    for (double t = -log(alfi_random_uniform(&random)); t < rate; t -= log(alfi_random_uniform(&random))) ++n;
    rows->x[i] = n;
  }
  return 0;
}

static int show(const alfi_progress* progress, void* user) {
  (void)user;
  if (progress->step % 20 == 0) fprintf(stderr, "step %d, loss %.3f\n", (int)progress->step, progress->loss);
  return 0; /* anything else would stop it */
}

static void require(alfi_status status) {
  if (status == ALFI_OK) return;
  fprintf(stderr, "counts: %s\n", alfi_last_error());
  exit(1);
}

int main(void) {
  alfi_description* description = NULL;
  /* It touches nothing but its rows. */
  alfi_callback_options callback = {.size = sizeof callback, .calls = ALFI_MANY_AT_ONCE};
  alfi_simulator* simulator = NULL;
  require(alfi_description_create("counter", &description));
  require(alfi_description_add_parameter(description, "rate", "1/s", "gamma", 2, 0.5));
  require(alfi_description_add_column(description, "count", NULL));
  require(alfi_simulator_from_callback(description, count, &callback, &simulator));

  alfi_configuration* configuration = NULL;
  require(alfi_configuration_create("counter", &configuration));
  require(alfi_configuration_set_integer(configuration, "problem.observed_min", 4));
  require(alfi_configuration_set_integer(configuration, "problem.observed_max", 40));
  require(alfi_configuration_set_integer(configuration, "train.problems", 16));
  require(alfi_configuration_set_integer(configuration, "train.observations", 32));
  require(alfi_configuration_set_integer(configuration, "train.steps", 100));

  alfi_trainer* trainer = NULL;
  alfi_train_options train = {.size = sizeof train, .watch = show};
  alfi_machine* machine = NULL;
  require(alfi_trainer_create(configuration, simulator, 0, ALFI_CPU, &trainer));
  require(alfi_trainer_run(trainer, &train));
  require(alfi_trainer_machine(trainer, &machine));
  require(alfi_machine_save(machine, "counter.safetensors"));

  const double counts[8] = {4, 3, 6, 2, 5, 4, 7, 1};
  double mean, sd, limits[2];
  alfi_posterior* posterior = NULL;
  require(alfi_machine_infer(machine, counts, 8, 1, NULL, &posterior));
  require(alfi_posterior_mean(posterior, &mean, 1));
  require(alfi_posterior_standard_deviation(posterior, &sd, 1));
  require(alfi_posterior_quantile(posterior, 0.05, &limits[0], 1));
  require(alfi_posterior_quantile(posterior, 0.95, &limits[1], 1));
  /* Exact: 4.00 +- 0.69, 90 % within 2.95 and 5.19. */
  printf("rate %.2f +- %.2f, 90 %% within %.2f and %.2f\n", mean, sd, limits[0], limits[1]);

  alfi_posterior_free(posterior);
  alfi_machine_free(machine);
  alfi_trainer_free(trainer);
  alfi_configuration_free(configuration);
  alfi_simulator_free(simulator);
  alfi_description_free(description);
  return 0;
}
