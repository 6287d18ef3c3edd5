"""Load tests and benchmarks; not part of the wheel. Each is run as `python -m loadtest.NAME`.

| module | what it measures |
| --- | --- |
| `bench` | CPU and latency against nginx, in one paired run (`make bench`); parts: `measures`, `rig`, `client` |
| `run_locust` | users of every tier against a gateway that it starts (`make load`); `locustfile` has the users |
| `loop_block` | how long a 4 MB request stops the event loop |
| `drain_speed` | what settling and booking a request costs |
| `translate_speed` | what translating a stream from and to other dialects costs |
| `cutproxy` | nothing: it is a TCP proxy that fails on purpose, for fault tests |

What the core costs by itself is in `rust_core/examples`.
"""
