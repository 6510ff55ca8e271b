#include <csignal>
#include <exception>
#include <new>

#include "alfi/core/error.hpp"
#include "command_line.hpp"
#include "failure.hpp"
#include "output.hpp"

namespace {

int fail(const char* what, int status) {
  alfi::tools::complain(std::string("alfi: ") + what);
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace alfi::tools;
  // A closed pipe or a file too large are then errors of write(), told apart and reported.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run_command_line(argc, argv);
  } catch (const ClosedPipe&) {
    return kDone;
  } catch (const alfi::InputError& error) {
    return fail(error.what(), kBadInput);
  } catch (const std::bad_alloc&) {
    return fail("out of memory", kFailed);
  } catch (const std::exception& error) {
    return fail(error.what(), kFailed);
  }
}
