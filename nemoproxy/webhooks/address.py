"""What URL a webhook may have. Whether its address is public is seen when it is connected to (`nemoproxy.egress`)."""

from __future__ import annotations

from yarl import URL

from nemoproxy.config import WebhookSettings
from nemoproxy.egress import check_url

MAX_URL = 2000


def check_address(url: str, settings: WebhookSettings) -> URL:
    """Raises ValueError, with a text that does not quote the URL: it may be a secret."""
    if len(url) > MAX_URL or not url.isprintable() or any(map(str.isspace, url)):
        raise ValueError(f"expected a URL of at most {MAX_URL} printable characters without spaces")
    try:
        target = URL(url)
    except ValueError:
        raise ValueError("not a URL") from None
    check_url(target)
    if target.scheme != "https" and not (settings.allow_http or settings.allow_private):
        raise ValueError("expected https://; webhooks.allow_http lets others through")
    return target
