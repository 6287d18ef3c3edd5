"""Load tests and benchmarks; not part of the wheel. `python -m loadtest.bench`, `python -m loadtest.run_locust`."""
