"""Content parts: text, images, sound, video and documents of a message, as Gemini's `Part`."""

from __future__ import annotations

import mimetypes
from urllib.parse import urlsplit

from nemoproxy.providers.openai_shape import data_url, expect
from nemoproxy.providers.translation import Json, Untranslatable

_ALIASES = {
    "image/jpg": "image/jpeg",
    "audio/x-wav": "audio/wav",
    "audio/mpeg": "audio/mp3",
    "audio/mp4a-latm": "audio/aac",
}
_AUDIO = ("wav", "mp3", "aiff", "aac", "ogg", "flac")
_REMOTE = ("https", "http", "gs")
_STORED = "files/"
"""A file of Gemini's own file service, by its short name."""
_SERVICE = "https://generativelanguage.googleapis.com/v1beta/"


def part(value: object, field: str) -> Json:
    """One part of a user's message."""
    block = expect(value, dict, field)
    kind = block.get("type")
    match kind:
        case "text":
            return {"text": expect(block.get("text"), str, f"{field}.text")}
        case "image_url":
            return _linked(block, "image_url", field, "image/jpeg")
        case "video_url":
            return _linked(block, "video_url", field, "video/mp4")
        case "input_audio":
            return _audio(expect(block.get("input_audio"), dict, f"{field}.input_audio"), f"{field}.input_audio")
        case "file":
            return _file(expect(block.get("file"), dict, f"{field}.file"), f"{field}.file")
    raise Untranslatable(f"{field}.type", f"Gemini takes no {kind!r} parts")


def spoken(value: object, field: str) -> str:
    """The text of a part where only text may stand."""
    block = expect(value, dict, field)
    kind = block.get("type")
    if kind not in ("text", "refusal"):
        raise Untranslatable(f"{field}.type", f"only text may stand here, not {kind!r}")
    return expect(block.get(kind), str, f"{field}.{kind}")


def media(url: str, mime: str | None, field: str, fallback: str) -> Json:
    """A `data:` URL goes along in the request; of any other, Gemini fetches the file itself."""
    if url[:5].lower() == "data:":
        return _inline(url, mime, field)
    scheme = urlsplit(url).scheme
    if scheme not in _REMOTE:
        raise Untranslatable(field, "it is no data:, https:, http: or gs: URL")
    return {"fileData": {"mimeType": _known(mime) or _guessed(url) or fallback, "fileUri": url}}


def _linked(block: Json, name: str, field: str, fallback: str) -> Json:
    # The object is OpenAI's form; the bare string is what some clients send.
    link = block.get(name)
    if isinstance(link, str):
        return media(link, None, f"{field}.{name}", fallback)
    link = expect(link, dict, f"{field}.{name}")
    url = expect(link.get("url"), str, f"{field}.{name}.url")
    mime = link.get("format") or link.get("mime_type")
    return media(url, mime if isinstance(mime, str) else None, f"{field}.{name}.url", fallback)


def _inline(url: str, mime: str | None, field: str) -> Json:
    try:
        found = data_url(url)
    except ValueError as problem:
        raise Untranslatable(field, str(problem)) from None
    kind, data = found or ("", "")
    return {"inlineData": {"mimeType": _known(mime) or _known(kind), "data": data}}


def _audio(audio: Json, field: str) -> Json:
    form = expect(audio.get("format"), str, f"{field}.format")
    if form not in _AUDIO:
        raise Untranslatable(f"{field}.format", f"Gemini hears {', '.join(_AUDIO)}")
    return {"inlineData": {"mimeType": f"audio/{form}", "data": expect(audio.get("data"), str, f"{field}.data")}}


def _file(file: Json, field: str) -> Json:
    """A document in the request (`file_data`), or one that Gemini has or can fetch (`file_id`)."""
    named = file.get("format") or _guessed(str(file.get("filename") or ""))
    if (data := file.get("file_data")) is not None:
        data = expect(data, str, f"{field}.file_data")
        if data[:5].lower() == "data:":
            return _inline(data, None, f"{field}.file_data")
        if not isinstance(named, str):
            raise Untranslatable(f"{field}.file_data", "neither a data: URL nor 'filename' says what type it is")
        return {"inlineData": {"mimeType": named, "data": data}}
    reference = expect(file.get("file_id"), str, f"{field}.file_id")
    if reference.startswith(_STORED):
        reference = _SERVICE + reference
    if urlsplit(reference).scheme not in _REMOTE:
        raise Untranslatable(f"{field}.file_id", "Gemini cannot read files that were uploaded elsewhere")
    mime = named if isinstance(named, str) else _guessed(reference)
    return {"fileData": {"fileUri": reference} | ({"mimeType": mime} if mime else {})}


def _known(mime: str | None) -> str | None:
    mime = (mime or "").lower()
    return _ALIASES.get(mime, mime) or None


def _guessed(name: str) -> str | None:
    return _known(mimetypes.guess_type(urlsplit(name).path)[0])
