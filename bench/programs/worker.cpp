// A program that simulates, written as a user would: worker MICROSECONDS answers each call with its first parameter
// after so long a time of work.
#include <chrono>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const std::chrono::microseconds work(argc > 1 ? std::atoi(argv[1]) : 0);
  unsigned long long id = 0, seed = 0;
  double theta = 0, other = 0;
  while (std::scanf("%llu %llu %lf %lf", &id, &seed, &theta, &other) == 4) {
    const auto end = std::chrono::steady_clock::now() + work;
    while (std::chrono::steady_clock::now() < end) {
    }
    std::printf("%llu 0 %.17g\n", id, theta);
    std::fflush(stdout);
  }
}
