#include "words.hpp"

#include "alfi/simulators/functor.cuh"

alfi::Simulator alfi_test::make_words() {
  alfi::SimulatorInfo info;
  info.name = "words";
  info.parameters = {{"theta", "", "", alfi::Prior::normal(0, 1)}};
  for (int i = 0; i < 2 * WordsSimulator::kWords; ++i) {
    info.observation.names.push_back("x" + std::to_string(i));
    info.observation.units.push_back("");
  }
  return alfi::make_simulator_gpu(info, WordsSimulator{});
}
