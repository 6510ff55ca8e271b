#ifndef ALFI_ALFI_H
#define ALFI_ALFI_H
#include <stddef.h>
#include <stdint.h>

#include "alfi/core/version.h"

/* alfi for C (C99), and for whatever calls C. docs/embedding.md has a program and the rules in words.
 *
 * Status: every function that can fail returns an alfi_status; what it makes is written through its last argument, and
 *   nothing is written where it fails. alfi_last_error() says what was got and what was wanted. No exception leaves a
 *   function; nothing is printed.
 * Handles: made by a function, given back to their _free() once; NULL may be freed. A handle shares what it was made
 * of: a simulator may be freed while a machine trained on it is in use. alfi_X_copy() makes another handle to the same
 *   simulator, trainer, machine or posterior, and a configuration, description or inferrer of its own.
 * Threads: machines, simulators and posteriors never change: any number of threads may use one at once. A
 *   configuration, description, inferrer or trainer, and its copies of a trainer, belong to one thread at a time.
 * Options: set `size` to sizeof the struct and all else to 0: `alfi_infer_options o = {.size = sizeof o};`. 0 is each
 * default; NULL in the place of options: all defaults. Structs may grow at their end; size says which one you compiled
 * with. Arrays: dense, row after row, their sizes given. Text: ends with 0, UTF-8; what a function answers lives as
 * long as its handle. Randomness: the same configuration, seed and simulator give the same bits, whatever the threads.
 */

#if defined(__GNUC__) || defined(__clang__)
#define ALFI_API __attribute__((visibility("default")))
#else
#define ALFI_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t alfi_status;
enum {
  ALFI_OK = 0,
  ALFI_INPUT_ERROR = 1,    /* an argument, a configuration or a file that cannot be used */
  ALFI_SHAPE_ERROR = 2,    /* an array of another size than wanted */
  ALFI_NUMERIC_ERROR = 3,  /* a value that is not finite where it must be */
  ALFI_NOT_AVAILABLE = 4,  /* a device that this build or machine does not have */
  ALFI_DEVICE_ERROR = 5,   /* the GPU or its driver refused */
  ALFI_OUT_OF_MEMORY = 6,  /* the host has none left */
  ALFI_CALLBACK_ERROR = 7, /* a simulator of yours answered that it cannot go on */
  ALFI_CANCELLED = 8,      /* a progress callback of yours asked to stop */
  ALFI_OTHER_ERROR = 9     /* anything else: a file that cannot be written, say */
};

/* What the last function that failed in this thread has to say; "" where none has. Valid until the next failure in this
 * thread. */
ALFI_API const char* alfi_last_error(void);
/* Of the library that is linked: "0.1.0"; ALFI_VERSION is that of the header. */
ALFI_API const char* alfi_version(void);

typedef struct alfi_configuration alfi_configuration; /* everything a training may be told */
typedef struct alfi_description alfi_description;     /* what a simulator of yours is about */
typedef struct alfi_simulator alfi_simulator;
typedef struct alfi_trainer alfi_trainer;
typedef struct alfi_machine alfi_machine;   /* trained, ready to infer */
typedef struct alfi_inferrer alfi_inferrer; /* a machine that is asked again and again */
typedef struct alfi_posterior alfi_posterior;

ALFI_API void alfi_configuration_free(alfi_configuration* configuration);
ALFI_API void alfi_description_free(alfi_description* description);
ALFI_API void alfi_simulator_free(alfi_simulator* simulator);
ALFI_API void alfi_trainer_free(alfi_trainer* trainer);
ALFI_API void alfi_machine_free(alfi_machine* machine);
ALFI_API void alfi_inferrer_free(alfi_inferrer* inferrer);
ALFI_API void alfi_posterior_free(alfi_posterior* posterior);

ALFI_API alfi_status alfi_configuration_copy(const alfi_configuration* from, alfi_configuration** copy);
ALFI_API alfi_status alfi_description_copy(const alfi_description* from, alfi_description** copy);
ALFI_API alfi_status alfi_simulator_copy(const alfi_simulator* from, alfi_simulator** copy);
ALFI_API alfi_status alfi_trainer_copy(const alfi_trainer* from, alfi_trainer** copy);
ALFI_API alfi_status alfi_machine_copy(const alfi_machine* from, alfi_machine** copy);
ALFI_API alfi_status alfi_inferrer_copy(const alfi_inferrer* from, alfi_inferrer** copy);
ALFI_API alfi_status alfi_posterior_copy(const alfi_posterior* from, alfi_posterior** copy);

/* Configurations: keys and values as docs/file-formats.md has them ("train.steps"); what is not set has its default.
 * Values are checked one by one here, and together where a trainer is made. Lists: "32 32 24". */
ALFI_API alfi_status alfi_configuration_create(const char* simulator_name, alfi_configuration** configuration);
ALFI_API alfi_status alfi_configuration_set(alfi_configuration* configuration, const char* key, const char* value);
ALFI_API alfi_status alfi_configuration_set_integer(alfi_configuration* configuration, const char* key, int64_t value);
ALFI_API alfi_status alfi_configuration_set_real(alfi_configuration* configuration, const char* key, double value);

/* Descriptions. Sets are observed, a sample being one row, unless alfi_description_set_series() is called. */
ALFI_API alfi_status alfi_description_create(const char* simulator_name, alfi_description** description);
/* prior: "uniform" (low, high), "normal" (mean, sd), "lognormal" (of the logarithm), "positive_normal", "gamma" (shape,
 * rate), "exponential" (rate; b is not looked at) or "beta" (a, b). unit: may be NULL. */
ALFI_API alfi_status alfi_description_add_parameter(alfi_description* description, const char* name, const char* unit,
                                                    const char* prior, double a, double b);
/* One number of a row. */
ALFI_API alfi_status alfi_description_add_column(alfi_description* description, const char* name, const char* unit);
/* A sample is a series of `length` rows; 1: a vector. */
ALFI_API alfi_status alfi_description_set_series(alfi_description* description, int64_t length);

/* R samples to make. */
typedef struct alfi_rows {
  size_t size;           /* of this struct, as the library knows it */
  int64_t rows;          /* R */
  int64_t parameters;    /* P */
  int64_t numbers;       /* D of a sample: columns, times the length of a series */
  const double* theta;   /* [R,P] inside the prior's support */
  const uint64_t* seeds; /* [R] the randomness to use, from what each sample is for */
  double* x;             /* [R,D] to write */
  unsigned char* status; /* [R] 0 before; ALFI_SAMPLE_FAILED or _TOO_LONG for a sample that could not be made */
} alfi_rows;
enum { ALFI_SAMPLE_OK = 0, ALFI_SAMPLE_FAILED = 1, ALFI_SAMPLE_TOO_LONG = 2 };

/* Makes all rows; 0 says that it did. Anything else ends the training or inference with ALFI_CALLBACK_ERROR. */
typedef int (*alfi_simulate)(const alfi_rows* rows, void* user);

/* Random numbers for a simulator, where it has none of its own: `alfi_random random = {seeds[i], 0};`, one for each
 * row. Each draw depends on the seed and on how many were drawn before, on nothing else. Nothing is allocated; any
 * thread. */
typedef struct alfi_random {
  uint64_t seed;
  uint64_t drawn;
} alfi_random;
/* On the open interval (0, 1), 52 bits. */
ALFI_API double alfi_random_uniform(alfi_random* random);
/* Mean 0, standard deviation 1. */
ALFI_API double alfi_random_normal(alfi_random* random);

enum { ALFI_ONE_AT_A_TIME = 0, ALFI_MANY_AT_ONCE = 1 };
typedef struct alfi_callback_options {
  size_t size;
  void* user;                  /* given to both functions */
  void (*release)(void* user); /* called once nothing uses the simulator any more; NULL: nothing to do */
  int64_t most_rows;           /* of a call; 0: any number */
  int32_t calls;               /* ALFI_ONE_AT_A_TIME, from whichever thread; or ALFI_MANY_AT_ONCE, from several */
} alfi_callback_options;

/* A function of yours as a simulator. Where this fails, release is not called. */
ALFI_API alfi_status alfi_simulator_from_callback(const alfi_description* description, alfi_simulate simulate,
                                                  const alfi_callback_options* options, alfi_simulator** simulator);
/* One that is built in, or a program: as the configuration names or describes it. */
ALFI_API alfi_status alfi_simulator_from_configuration(const alfi_configuration* configuration,
                                                       alfi_simulator** simulator);

enum { ALFI_CPU = 0, ALFI_CUDA = 1 };

/* What has been done so far. */
typedef struct alfi_progress {
  size_t size;             /* of this struct, as the library knows it */
  int64_t step, steps;     /* of a training; of an inference: iterations */
  int64_t simulator_calls; /* of the training; 0 in an inference, as all that follows */
  int64_t failed;          /* simulator calls that failed in this step */
  double loss, rmse, learning_rate, gradient_norm;
} alfi_progress;

/* Called after each step or iteration, by the thread that called alfi. 0: go on; else stop there: ALFI_CANCELLED. */
typedef int (*alfi_watch)(const alfi_progress* progress, void* user);
/* Called with a line worth telling, by the same thread: a validation's loss; a warning. */
typedef void (*alfi_log)(const char* line, void* user);

typedef struct alfi_train_options {
  size_t size;
  alfi_watch watch;
  alfi_log log;
  void* user;         /* given to both */
  int64_t most_steps; /* of this call; 0: all that are left */
} alfi_train_options;

/* threads: 0 or less: one for each processor. device: ALFI_CPU or ALFI_CUDA. */
ALFI_API alfi_status alfi_trainer_create(const alfi_configuration* configuration, const alfi_simulator* simulator,
                                         int32_t threads, int32_t device, alfi_trainer** trainer);
/* Trains, and validates every train.checkpoint_every steps and after the last one. Cancelled or not, the next call goes
 * on where this one stopped, and the result is the same. */
ALFI_API alfi_status alfi_trainer_run(alfi_trainer* trainer, const alfi_train_options* options);
ALFI_API alfi_status alfi_trainer_step(const alfi_trainer* trainer, int64_t* step);
/* All that is needed to go on another day; resumed into a trainer made with the same configuration. */
ALFI_API alfi_status alfi_trainer_save(const alfi_trainer* trainer, const char* path);
ALFI_API alfi_status alfi_trainer_resume(alfi_trainer* trainer, const char* path);
/* The machine as it was at the best validation so far; before any: as it is. */
ALFI_API alfi_status alfi_trainer_machine(const alfi_trainer* trainer, alfi_machine** machine);

/* path: the file, or the directory that `alfi train` wrote. simulator: the one that the file, which holds none, was
 * trained on; NULL where that is built in. */
ALFI_API alfi_status alfi_machine_load(const char* path, const alfi_simulator* simulator, alfi_machine** machine);
ALFI_API alfi_status alfi_machine_from_memory(const void* bytes, size_t size, const alfi_simulator* simulator,
                                              alfi_machine** machine);
/* The old file or the new one, never half of one. */
ALFI_API alfi_status alfi_machine_save(const alfi_machine* machine, const char* path);
/* Writes the file's bytes to buffer, their number to size; where buffer is NULL, only the latter. capacity: of buffer.
 */
ALFI_API alfi_status alfi_machine_to_memory(const alfi_machine* machine, void* buffer, size_t capacity, size_t* size);
/* P, and D of a sample. */
ALFI_API alfi_status alfi_machine_shape(const alfi_machine* machine, int64_t* parameters, int64_t* numbers);

typedef struct alfi_infer_options {
  size_t size;
  alfi_watch watch;
  alfi_log log;
  void* user;           /* given to both */
  int64_t iterations;   /* T; 0: as trained, as for the next two */
  int64_t thetas;       /* K */
  int64_t observations; /* M of the last iteration */
  uint64_t seed;        /* 0 is a seed like any other */
  int32_t threads;      /* 0 or 1: the caller's alone; less: one for each processor */
  int32_t device;       /* ALFI_CPU or ALFI_CUDA */
} alfi_infer_options;

/* The posterior of x [samples,D], by the simulator the machine was trained on; a series or vector is one sample. */
ALFI_API alfi_status alfi_machine_infer(const alfi_machine* machine, const double* x, int64_t samples, int64_t numbers,
                                        const alfi_infer_options* options, alfi_posterior** posterior);
ALFI_API alfi_status alfi_machine_infer_float(const alfi_machine* machine, const float* x, int64_t samples,
                                              int64_t numbers, const alfi_infer_options* options,
                                              alfi_posterior** posterior);

/* The same of many problems at once, by all options.threads or on a GPU together: x [problems,most,numbers], of problem
 * b the first counts[b] samples exist; 0 problems are none. options.watch must be NULL. All of posteriors [problems]
 * are written, or none; each has a handle of its own to free. */
ALFI_API alfi_status alfi_machine_infer_many(const alfi_machine* machine, const double* x, int64_t problems,
                                             int64_t most, int64_t numbers, const int32_t* counts,
                                             const alfi_infer_options* options, alfi_posterior** posteriors);

/* For a code that asks while it runs: problems of at most most_samples samples, in memory that is kept. options.seed
 * must be 0; watch and log are called by every inference. */
ALFI_API alfi_status alfi_inferrer_create(const alfi_machine* machine, int64_t most_samples,
                                          const alfi_infer_options* options, alfi_inferrer** inferrer);
/* What alfi_machine_infer() answers with this seed, bit for bit; after the first call nothing is allocated, but by a
 * simulator that does, for warnings and for a refinement. The posterior is the inferrer's own, not to be freed, and
 * valid until it is asked again or freed; alfi_posterior_copy() makes one that stays. */
ALFI_API alfi_status alfi_inferrer_infer(alfi_inferrer* inferrer, const double* x, int64_t samples, int64_t numbers,
                                         uint64_t seed, const alfi_posterior** posterior);
ALFI_API alfi_status alfi_inferrer_infer_float(alfi_inferrer* inferrer, const float* x, int64_t samples,
                                               int64_t numbers, uint64_t seed, const alfi_posterior** posterior);

/* Posteriors answer in theta's own units. count: entries of the array that is written or read, P where there is nothing
 * more. */
ALFI_API alfi_status alfi_posterior_parameters(const alfi_posterior* posterior, int64_t* parameters);
ALFI_API const char* alfi_posterior_name(const alfi_posterior* posterior, int64_t parameter); /* NULL: no such one */
ALFI_API alfi_status alfi_posterior_mean(const alfi_posterior* posterior, double* mean, int64_t count);
ALFI_API alfi_status alfi_posterior_standard_deviation(const alfi_posterior* posterior, double* sd, int64_t count);
/* Of each marginal; 0 < probability < 1. */
ALFI_API alfi_status alfi_posterior_quantile(const alfi_posterior* posterior, double probability, double* theta,
                                             int64_t count);
/* theta [draws,P]: count = draws * P. */
ALFI_API alfi_status alfi_posterior_draw(const alfi_posterior* posterior, uint64_t seed, double* theta, int64_t count);
/* Of theta [P]; -infinity outside the prior's support. */
ALFI_API alfi_status alfi_posterior_log_density(const alfi_posterior* posterior, const double* theta, int64_t count,
                                                double* log_density);
ALFI_API alfi_status alfi_posterior_simulator_calls(const alfi_posterior* posterior, int64_t* calls);
/* Reasons to doubt the answer: number 0, 1, ..; NULL: there is no such warning. */
ALFI_API const char* alfi_posterior_warning(const alfi_posterior* posterior, int64_t number);

#ifdef __cplusplus
}
#endif

#endif
