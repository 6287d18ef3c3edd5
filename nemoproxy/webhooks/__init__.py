"""Events to those who want to hear of them: signed POSTs as Standard Webhooks says, and messages to Slack.

Nothing of it is on a request's path. What happened is in the outbox by the transaction that made it happen; a task of
each gateway takes it from there, and what it does is in the records before and after.

| module | what lives there |
| --- | --- |
| `worker` | `Worker`: the task that claims, attempts and settles |
| `sending` | `Sender`: one attempt, and what its answer means |
| `schedule` | when to try again |
| `payload` | what is sent: the envelope, and Slack's form of it |
| `signing` | secrets, and signatures with all that are valid |
| `address` | what URL a webhook may have |
"""

from __future__ import annotations

from nemoproxy.webhooks.address import check_address
from nemoproxy.webhooks.sending import Sender
from nemoproxy.webhooks.signing import new_secret
from nemoproxy.webhooks.worker import Worker

__all__ = ["Sender", "Worker", "check_address", "new_secret"]
