"""CPU time of rounds of work, for the Python side of the benchmarks."""

import time

WARM_UP = 3


def measure(what, batch, rounds, work):
    seconds = []
    for round in range(-WARM_UP, rounds):
        start = time.thread_time()
        work()
        if round >= 0:
            seconds.append(time.thread_time() - start)
    seconds.sort()
    print(f"{what}: batch {batch}, {rounds} rounds, least {seconds[0]:.4f} s, median {seconds[rounds // 2]:.4f} s")
