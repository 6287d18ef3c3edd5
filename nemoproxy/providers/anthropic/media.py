"""Pictures and documents as Claude takes them."""

from __future__ import annotations

import base64
import binascii

from nemoproxy.errors import InvalidRequest, Untranslatable
from nemoproxy.providers.openai_shape import Json, data_url, expect

_IMAGES = {"image/jpeg", "image/png", "image/gif", "image/webp"}


def _decoded(url: str, field: str) -> tuple[str, str] | None:
    try:
        return data_url(url)
    except ValueError as error:
        raise InvalidRequest(f"'{field}': {error}.", param=field) from None


def image(url: str, field: str) -> Json:
    """The block of an image, given by its URL."""
    data = _decoded(url, field)
    if data is not None:
        return _picture(*data, field)
    if url[:8].lower().startswith(("https://", "http://")):
        return {"type": "image", "source": {"type": "url", "url": url}}
    raise Untranslatable(field, "it takes images by https URL or as base64 data URL")


def _picture(media: str, data: str, field: str) -> Json:
    media = "image/jpeg" if media == "image/jpg" else media
    if media not in _IMAGES:
        raise Untranslatable(field, f"it reads JPEG, PNG, GIF and WebP, not {media}")
    return {"type": "image", "source": {"type": "base64", "media_type": media, "data": data}}


def file(given: Json, where: str) -> Json:
    """The block of a document, or of an image that came as a file."""
    name = given.get("filename")
    title = {"title": name} if isinstance(name, str) and name else {}
    if given.get("file_data") is None:
        id = expect(given.get("file_id"), str, f"{where}.file_id")
        return {"type": "document", "source": {"type": "file", "file_id": id}, **title}
    field = f"{where}.file_data"
    text = expect(given["file_data"], str, field)
    media, data = _decoded(text, field) or ("application/pdf", text)
    if media == "application/pdf":
        return {"type": "document", "source": {"type": "base64", "media_type": media, "data": data}, **title}
    if media.startswith("image/"):
        return _picture(media, data, field)
    if media.startswith("text/"):
        source = {"type": "text", "media_type": "text/plain", "data": _text(data, field)}
        return {"type": "document", "source": source, **title}
    raise Untranslatable(field, f"it reads PDF, plain text and images, not {media}")


def _text(data: str, field: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidRequest(f"'{field}' is not base64 of UTF-8 text.", param=field) from None
