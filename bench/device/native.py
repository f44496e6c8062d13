"""Native TensorFlow Lite (ai-edge-litert, XNNPACK) for `npm run bench -- device`: loads a file and is told what to time."""

import json
import statistics
import sys
import time

began = time.perf_counter()
import numpy  # noqa: E402
from ai_edge_litert.interpreter import Interpreter  # noqa: E402


def opened(interpreter, batch):
    for name in interpreter.get_signature_list():
        runner = interpreter.get_signature_runner(name)
        (key, details), *_ = runner.get_input_details().items()
        if details["shape"][0] == batch:
            windows = numpy.random.default_rng(7).normal(-3, 2, details["shape"]).astype(numpy.float32)
            return lambda: runner(**{key: windows})
    return None


def say(answer):
    print(json.dumps(answer), flush=True)


interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
works = {"one": opened(interpreter, 1), "eight": opened(interpreter, 8)}
loaded = time.perf_counter()
works["one"]()
say({"loadMs": 1000 * (loaded - began), "firstMs": 1000 * (time.perf_counter() - loaded)})
for line in sys.stdin:
    asked = json.loads(line)
    work = works[asked["work"]]
    took = []
    start = time.perf_counter()
    while work and (len(took) < 3 or time.perf_counter() - start < asked["milliseconds"] / 1000):
        before = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - before))
    say({"took": statistics.median(took)} if took else {})
