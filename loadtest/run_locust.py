"""A Locust run against a gateway of its own: mock, gateway, a key of each tier, 30 s headless. `make load`.

    python -m loadtest.run_locust [--seconds 30] [--users 16] [more options for locust]

Exits with Locust's verdict (see `locustfile.py`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from loadtest.rig import HERE, ROOT, UNLIMITED, Rig, RigError

TIERS = ("payg", "monthly", "annual")


def run(options: argparse.Namespace, more: list[str]) -> int:
    with Rig() as rig:
        mock = rig.mock(core=None)
        gateway = rig.gateway(mock, core=None)
        keys = {f"NEMO_{tier.upper()}_KEY": rig.key("gateway", f"--alias={tier}", f"--tier={tier}") for tier in TIERS}
        keys["NEMO_CHAT_KEY"] = rig.key("gateway", "--alias=chat", *UNLIMITED)
        command = [sys.executable, "-m", "locust", "-f", str(HERE / "locustfile.py"), "--headless", "--only-summary"]
        command += ["-u", str(options.users + len(TIERS)), "-r", "100", "-t", f"{options.seconds}s"]
        command += ["--host", f"http://127.0.0.1:{gateway.port}", "--loglevel", "WARNING", *more]
        return subprocess.run(command, env={**os.environ, **keys}, cwd=ROOT).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument(
        "--users", type=int, default=16, help="chat and streaming users, half each; tiers have one each"
    )
    try:
        return run(*parser.parse_known_args())
    except RigError as error:
        print(f"load: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
