#pragma once
#include <memory>
#include <string>
#include <vector>

#include "alfi/simulators/rows.hpp"

/// A program as a simulator, in any language. docs/your-own-simulator.md has examples of both ways.
///
/// Workers (ProgramMode::worker): processes that stay. A worker reads requests from its standard input, a line each,
/// and answers each by a line on its standard output, in any order, until its input ends:
///     ID SEED THETA_1 .. THETA_P          in: whole numbers of 64 bits, then shortest text that reads back bit by bit
///     ID STATUS X_1 .. X_D                out: status 0, or 1 (failed), 2 (took too long), after which X may be absent
/// The next request goes to whichever worker has room, up to `window` requests being with a worker at a time.
///
/// Runs (ProgramMode::run): a process a call, in a directory of its own that is empty. Its arguments hold, in place of
///     {NAME}                              the parameter of that name
///     {seed}                              the call's seed
///     {input}                             the path of a file with THETA_1 .. THETA_P in one line
///     {output}                            the path of the file that it shall write; without it, what it prints counts
/// It answers D numbers separated by white space or commas; lines that begin with # are skipped, and so is a first line
/// of the observation's names. Exit status 0 says that they are there. Standard input is empty. Where it fails its
/// directory is kept (the first ten), else it is removed.
///
/// What a program writes on standard error goes to the log, line by line, or nowhere; a run's standard output does,
/// too, where the answer is in a file. No shell is asked.

namespace alfi {
inline namespace v0 {

enum class ProgramMode : std::uint8_t { worker, run };

struct ProgramOptions {
  std::vector<std::string> command;  ///< the program and its arguments
  ProgramMode mode = ProgramMode::worker;
  int workers = 1;     ///< processes at a time
  Index window = 64;   ///< of a worker: at least the calls that it works on at once
  double timeout = 0;  ///< seconds: of a run; of a worker that has calls, without an answer (start included). 0: none
  Index retries = 1;   ///< of a call after which its process died, hung or answered what cannot be read
  std::string log;     ///< a file that lines of standard error are appended to; "": discarded
  std::string directory;  ///< where runs have their directories; "": TMPDIR, or /tmp
};

/// What went wrong since the simulator was made.
struct FailureReport {
  Index calls = 0;       ///< in all, answered or given up
  Index reported = 0;    ///< calls that the program answered with a status other than 0
  Index ended = 0;       ///< processes that ended without an answer
  Index timed_out = 0;   ///< processes that were ended because they did not answer in time
  Index garbled = 0;     ///< answers that could not be read
  Index given_up = 0;    ///< calls that failed for one of the last three reasons, again at the last retry
  Index impossible = 0;  ///< calls that failed because an entry was none that its support holds
  std::string last;      ///< of the last five, given_up aside: the latest, in words

  bool nothing() const { return reported + ended + timed_out + garbled + impossible == 0; }
  std::string text() const;  ///< "12 of 1000 calls failed: ..."
};

/// Starts a process when it is first needed, ends all when it is destroyed (workers: half a second after their input
/// has ended; then they, and what they started, are killed).
///
/// A call whose process dies, hangs or answers garbage is made again, alone in another process, and fails
/// (Status::failed) when it has spoilt retries + 1 processes by itself: neighbours of a bad call do not suffer. One
/// whose answer holds what the observation's supports say cannot be has failed, too. Calls of simulate() from several
/// threads share the processes; one of the threads serves all. No thread is made, no signal handler touched: SIGPIPE is
/// held back in the serving thread (pthread_sigmask) and taken away (sigtimedwait).
class ProgramSimulator : public RowSimulator {
 public:
  /// Throws InputError naming the configuration's key for options that cannot be used.
  ProgramSimulator(const SimulatorInfo& info, const ProgramOptions& options);
  ~ProgramSimulator() override;

  /// Throws InputError where the program cannot be run; Error, naming command, how it ended and the last line of its
  /// standard error, where 10 + workers * (retries + 2) processes in a row gave no answer.
  void simulate(const RowsRequest& request) const override;
  bool spreads() const override { return true; }

  FailureReport failures() const;
  /// Calls that have been asked for and are not answered.
  Index under_way() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reproducible where the program draws all that is random from the seed given.
Simulator make_program_simulator(const SimulatorInfo& info, const ProgramOptions& options);

}  // namespace v0
}  // namespace alfi
