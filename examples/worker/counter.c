// Counts in one second of a source of unknown rate: a call a line, from its parameters and a seed to what is observed.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  unsigned long long id, seed;
  double rate;
  while (scanf("%llu %llu %lf", &id, &seed, &rate) == 3) {
    unsigned short state[3] = {(unsigned short)seed, (unsigned short)(seed >> 16), (unsigned short)(seed >> 32)};
    int count = 0;
    for (double t = -log(1 - erand48(state)); t < rate; t -= log(1 - erand48(state))) ++count;
    printf("%llu 0 %d\n", id, count);
    fflush(stdout);  // or the answer waits here while alfi waits for it
  }
  return 0;
}
