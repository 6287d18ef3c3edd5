"""What is sent of an event: `{"type", "timestamp", "data"}` with the title, message, severity, service and details that
alert channels show; and the same as a message for Slack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from nemoproxy.storage import Event

SERVICE = "nemo-backend"
MAX_BODY = 20_000
"""What receivers have to take, as Standard Webhooks says."""
MAX_TEXT = 500
"""Of one value in a payload that is too long as a whole."""
TEST = "webhook.test"
"""Not an event: what `nemoproxy webhooks test` sends."""

Payload = Mapping[str, Any]


def _budget_severity(data: Payload) -> str:
    percent = data.get("threshold_percent", 0)
    return "CRITICAL" if percent >= 100 else "HIGH" if percent >= 80 else "WARNING"


_SAYS: dict[str, tuple[str | Callable[[Payload], str], str, str]] = {
    "llm.error": (
        "HIGH",
        "LLM calls fail",
        "{count} calls to {provider} failed with {code} ({status}). The last one was for the model {model}.",
    ),
    "budget.threshold": (
        _budget_severity,
        "Budget at {threshold_percent}%",
        "The {period} budget of the {scope} {scope_id} is at {threshold_percent}%: {spent_usd} of {budget_usd} USD.",
    ),
    "provider.outage": ("CRITICAL", "Provider outage", "The provider {provider} does not answer as it should."),
    "guardrail.triggered": (
        "INFO",
        "Guardrail triggered",
        "The guardrail {guardrail_id} found {rule} in a request: {result}.",
    ),
    "key.created": ("INFO", "Key created", "The key {alias} (...{last4}) was made for the team {team} in {org}."),
    "key.revoked": ("INFO", "Key revoked", "The key {alias} (...{last4}) of the team {team} in {org} was revoked."),
    "credits.low": (
        "HIGH",
        "Credits low",
        "The organisation {org_id} has {balance_usd} USD left, less than {threshold_usd} USD.",
    ),
    "credits.exhausted": (
        "CRITICAL",
        "Credits exhausted",
        "The organisation {org_id} has {balance_usd} USD left, and requests are refused.",
    ),
    TEST: ("INFO", "Test", "If you can read this, the webhook works."),
}
"""By event: severity, title and message. A payload's own `severity`, `title` and `message` go before these."""
_BACK = ("INFO", "Provider is back", "Calls to {model} at the provider {provider} are answered again.")
"""Of a `provider.outage` that is over."""


def envelope(event: Event) -> bytes:
    """The body of a webhook."""
    body = orjson.dumps(_envelope(event, dict(event.payload)))
    if len(body) > MAX_BODY:
        short = {name: _shortened(value) for name, value in list(event.payload.items())[:20]}
        body = orjson.dumps(_envelope(event, {**short, "truncated": True}))
    return body


def _envelope(event: Event, data: dict[str, Any]) -> dict[str, Any]:
    severity, title, message = summary(event.name, data)
    return {
        "type": event.name,
        "timestamp": event.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": data,
        "title": title,
        "message": message,
        "severity": severity,
        "service": SERVICE,
        "details": data,
    }


def summary(name: str, data: Payload) -> tuple[str, str, str]:
    """Severity, title and message."""
    is_over = name == "provider.outage" and data.get("state") == "back"
    severity, title, message = _BACK if is_over else _SAYS.get(name, ("INFO", name, name))
    known = _Values(data)
    own = {key: str(data[key])[:MAX_TEXT] for key in ("severity", "title", "message") if data.get(key)}
    return (
        own.get("severity") or (severity(data) if callable(severity) else severity),
        own.get("title") or title.format_map(known),
        own.get("message") or message.format_map(known),
    )


class _Values(dict[str, str]):
    """For `format_map`: what is not there is a question mark, and nothing is long."""

    def __init__(self, data: Payload) -> None:
        super().__init__({name: str(value)[:MAX_TEXT] for name, value in data.items() if value is not None})

    def __missing__(self, name: str) -> str:
        return "?"


def _shortened(value: Any) -> Any:
    """A text or a number; of anything else, how it begins."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


COLOURS = {"INFO": "#439FE0", "WARNING": "#E8A33D", "HIGH": "#E0583D", "CRITICAL": "#A30200"}
MAX_FIELDS = 10
"""What Slack takes in one section."""


def slack(event: Event) -> bytes:
    """The body for an incoming webhook of Slack. What comes from outside cannot be markup there."""
    severity, title, message = map(_plain, summary(event.name, event.payload))
    fields = [
        {"type": "mrkdwn", "text": f"*{_plain(name)}*\n{_plain(str(_shortened(value)))}"}
        for name, value in event.payload.items()
        if value is not None
    ]
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*{title}*\n{message}"}},
        *([{"type": "section", "fields": fields[:MAX_FIELDS]}] if fields else []),
        {
            "type": "context",
            "elements": [{"type": "mrkdwn", "text": f"{severity} | {_plain(event.name)} | {event.message_id}"}],
        },
    ]
    return orjson.dumps(
        {"text": f"{title}: {message}", "attachments": [{"color": COLOURS.get(severity, ""), "blocks": blocks}]}
    )


def _plain(text: str) -> str:
    """As Slack wants it: these three characters, and no other, mean something. Nor is anything of ours bold."""
    return text[:MAX_TEXT].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
