import math, random, sys

for line in sys.stdin:
    call, seed, rate, start = line.split()
    random.seed(int(seed))
    excess = float(start) - 20  # above the room
    rows = [20 + excess * math.exp(-float(rate) * minute) + random.gauss(0, 0.5) for minute in range(15)]
    print(call, 0, *rows, flush=True)
