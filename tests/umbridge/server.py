"""A model by the `umbridge` package: counts of a source, and what fails. server.py PORT"""
import random
import sys

import umbridge


class Counts(umbridge.Model):
    def __init__(self):
        super().__init__("counts")

    def get_input_sizes(self, config):
        return [1]

    def get_output_sizes(self, config):
        return [1]

    def __call__(self, parameters, config):
        rate = parameters[0][0]
        if rate > config.get("most", 1e9):
            raise ValueError("too fast a source")
        draws = random.Random(config["seed"])
        count, time = 0, draws.expovariate(1)
        while time < rate:
            count, time = count + 1, time + draws.expovariate(1)
        return [[float(count)]]

    def supports_evaluate(self):
        return True


umbridge.serve_models([Counts()], int(sys.argv[1]))
