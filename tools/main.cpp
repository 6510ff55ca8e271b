#include <csignal>
#include <exception>
#include <new>

#include "alfi/core/error.hpp"
#include "command_line.hpp"
#include "failure.hpp"
#include "launch.hpp"
#include "output.hpp"

namespace {

using namespace alfi::tools;

/// Tells why; once where all processes know, and ends them all where only this one does.
int fail(const std::string& what, int status, Launch& launch) {
  const bool alone = !launch.ranks().failed_together() && launch.ranks().size() > 1;
  if (alone) set_silent(false);
  complain("alfi: " + (alone ? "rank " + std::to_string(launch.ranks().rank()) + ": " : "") + what);
  if (alone) launch.abort(status);
  return status;
}

int run(int argc, char** argv, Launch& launch) {
  set_silent(launch.ranks().rank() > 0);
  try {
    return run_command_line(argc, argv, launch);
  } catch (const ClosedPipe&) {
    return kDone;
  } catch (const alfi::InputError& error) {
    return fail(error.what(), kBadInput, launch);
  } catch (const std::bad_alloc&) {
    return fail("out of memory", kFailed, launch);
  } catch (const std::exception& error) {
    return fail(error.what(), kFailed, launch);
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A closed pipe or a file too large are then errors of write(), told apart and reported.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv, *make_launch());
  } catch (const std::exception& error) {
    complain(std::string("alfi: ") + error.what());
    return kFailed;
  }
}
