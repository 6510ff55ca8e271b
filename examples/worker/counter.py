import random, sys

for line in sys.stdin:
    call, seed, rate = line.split()
    random.seed(int(seed))
    count, t = 0, random.expovariate(float(rate))
    while t < 1:
        count, t = count + 1, t + random.expovariate(float(rate))
    print(call, 0, count, flush=True)
