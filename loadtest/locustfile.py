"""Users for Locust: chat, streams, and one for each tier that goes over its limit on purpose.

`python -m loadtest.run_locust` starts all that this needs. By hand, against a gateway that runs already:

    locust -f loadtest/locustfile.py --headless -u 16 -r 16 -t 30s --host http://127.0.0.1:8080 --chat-key sk-nemo-...

A tier's user paces itself above the tier's requests per second. Its 429s are expected, and their `retry-after` is taken
at its word: a retry at that moment must be admitted. The exit code is 1 if one was not, if too many other requests
failed, or if the 95th percentile of chat completions is above its bound.
"""

from __future__ import annotations

import json
import time
from typing import Any

from locust import FastHttpUser, between, constant_throughput, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

PATH = "/v1/chat/completions"
RETRY = "retry at retry-after"
TIERS = ("payg", "monthly", "annual")
# A clock that ticks in milliseconds may wake the user this much early.
TICK = 0.001


def options(parser: LocustArgumentParser, **_: Any) -> None:
    """What can be said on Locust's command line."""
    parser.add_argument("--chat-key", env_var="NEMO_CHAT_KEY", default="", help="a key without limits to reach")
    for tier in TIERS:
        parser.add_argument(
            f"--{tier}-key", env_var=f"NEMO_{tier.upper()}_KEY", default="", help=f"a key of tier {tier}"
        )
    parser.add_argument("--model-prefix", default="mock", help="the model, if it is not the mock's")
    parser.add_argument("--max-error-ratio", type=float, default=0.001)
    parser.add_argument("--max-p95-ms", type=float, default=250.0)


def body(model: str, *, stream: bool = False) -> dict[str, Any]:
    question = "What is the shortest way from here to there? " * 6
    return {"model": model, "messages": [{"role": "user", "content": question}], "stream": stream}


class KeyUser(FastHttpUser):
    """A client with a virtual key, named by an option."""

    abstract = True
    option = "chat_key"

    def on_start(self) -> None:
        key = getattr(self.environment.parsed_options, self.option)
        self.headers = {"authorization": f"Bearer {key}"}
        self.model = self.environment.parsed_options.model_prefix

    def measured(self, name: str, seconds: float) -> None:
        """A metric of its own in Locust's tables."""
        self.environment.events.request.fire(
            request_type="SSE", name=name, response_time=seconds * 1000, response_length=0, exception=None, context={}
        )


class ChatUser(KeyUser):
    weight = 8
    wait_time = between(0.02, 0.1)

    @task
    def chat(self) -> None:
        request = body(f"{self.model},size=776" if self.model == "mock" else self.model)
        with self.client.post(PATH, json=request, headers=self.headers, name="chat", catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}")
            elif not answer.json()["choices"][0]["message"]["content"]:
                answer.failure("no content")


class StreamUser(KeyUser):
    weight = 8
    wait_time = between(0.02, 0.1)

    @task
    def stream(self) -> None:
        model = f"{self.model},events=50,spacing=10ms" if self.model == "mock" else self.model
        began = time.perf_counter()
        with self.client.post(
            PATH, json=body(model, stream=True), headers=self.headers, name="stream", stream=True, catch_response=True
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}")
            elif not self.read(answer.stream, began):
                answer.failure("the stream ended without [DONE]")

    def read(self, stream: Any, began: float) -> bool:
        """Time the events as they come; whether the stream came to its end."""
        last = 0.0
        while line := bytes(stream.readline(b"\n")):
            if line == b"data: [DONE]\n":
                while stream.readline(b"\n"):
                    pass
                return True
            if not line.startswith(b"data: "):
                continue
            chunk = json.loads(line[6:])
            if "error" in chunk:
                return False
            if not chunk["choices"] or not chunk["choices"][0]["delta"].get("content"):
                continue
            now = time.perf_counter()
            self.measured("between two tokens", now - last) if last else self.measured("first token", now - began)
            last = now
        return False


class TierUser(KeyUser):
    """One client of a tier, alone with its key, so that nobody else takes the place it was promised."""

    abstract = True
    fixed_count = 1

    @task
    def chat(self) -> None:
        name = type(self).__name__
        with self.post(name) as answer:
            wait = self.refused(answer)
        if wait is not None:
            self.measured(f"{name}: refused until", wait)
            time.sleep(wait + TICK)  # gevent's, as everything under Locust
            with self.post(f"{name}: {RETRY}") as answer:
                if answer.status_code != 200:
                    answer.failure(f"status {answer.status_code} after waiting {wait:.3f} s as told")

    def post(self, name: str) -> Any:
        return self.client.post(PATH, json=body(self.model), headers=self.headers, name=name, catch_response=True)

    def refused(self, answer: Any) -> float | None:
        """The seconds to wait, if this is the expected refusal."""
        if answer.status_code != 429:
            if answer.status_code != 200:
                answer.failure(f"status {answer.status_code}")
            return None
        try:
            exact = answer.headers.get("retry-after-ms")
            wait = float(exact) / 1000 if exact is not None else float(answer.headers["retry-after"])
        except (KeyError, ValueError):
            answer.failure("a 429 without a retry-after")
            return None
        answer.success()
        return wait


class PaygUser(TierUser):
    option = "payg_key"
    wait_time = constant_throughput(30)


class MonthlyUser(TierUser):
    option = "monthly_key"
    wait_time = constant_throughput(80)


class AnnualUser(TierUser):
    option = "annual_key"
    wait_time = constant_throughput(300)


def only_users_with_a_key(environment: Environment, **_: Any) -> None:
    """Without a tier's key, there is no user of that tier."""
    given = environment.parsed_options
    kinds = [kind for kind in environment.user_classes if issubclass(kind, KeyUser)]
    environment.user_classes = [kind for kind in kinds if getattr(given, kind.option, "")]


def judge(environment: Environment, **_: Any) -> None:
    """Set the exit code from what was measured, and say why."""
    given: Any = environment.parsed_options
    stats = environment.stats
    posts = [entry for (_, method), entry in stats.entries.items() if method == "POST"]
    total, failed = sum(entry.num_requests for entry in posts), sum(entry.num_failures for entry in posts)
    broken = sum(entry.num_failures for entry in posts if entry.name.endswith(RETRY))
    kept = sum(entry.num_requests for entry in posts if entry.name.endswith(RETRY)) - broken
    p95 = stats.get("chat", "POST").get_response_time_percentile(0.95) or 0
    reasons = []
    if not total or failed / total > given.max_error_ratio:
        reasons.append(f"{failed} of {total} requests failed")
    if broken:
        reasons.append(f"{broken} retries at the promised moment were refused")
    if p95 > given.max_p95_ms:
        reasons.append(f"p95 of chat is {p95:.0f} ms, above {given.max_p95_ms:.0f}")
    environment.process_exit_code = 1 if reasons else 0
    verdict = "; ".join(reasons) or "passed"
    print(
        f"\n{verdict} ({total} requests, {failed} failed, chat p95 {p95:.0f} ms, retries admitted as promised: {kept})"
    )


hooks: Any = events
hooks.init_command_line_parser.add_listener(options)
hooks.init.add_listener(only_users_with_a_key)
hooks.quitting.add_listener(judge)
