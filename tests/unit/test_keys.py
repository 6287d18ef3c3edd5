"""Virtual keys: their shape, their checksum, their digest, and how strictly the header is read."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import zlib

import pytest

from nemoproxy import _core

SECRET = bytes(range(32))
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def key() -> str:
    return _core.mint_key(secrets.token_bytes(64))


@pytest.fixture
def pepper() -> _core.Pepper:
    return _core.Pepper(SECRET)


def test_a_key_ends_in_the_crc_of_the_rest(key: str) -> None:
    assert re.fullmatch(r"sk-nemo-[0-9A-Za-z]{38}", key)
    checksum = 0
    for digit in key[-6:]:
        checksum = checksum * 62 + BASE62.index(digit)
    assert checksum == zlib.crc32(key[:-6].encode())


def test_keys_differ() -> None:
    assert len({_core.mint_key(secrets.token_bytes(64)) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("random", [b"", bytes(31), b"\xff" * 1000])
def test_too_little_randomness_is_refused(random: bytes) -> None:
    with pytest.raises(ValueError, match="random"):
        _core.mint_key(random)


@pytest.mark.parametrize("secret", [SECRET, SECRET * 2, SECRET * 5])
def test_the_digest_is_hmac_sha_256(key: str, secret: bytes) -> None:
    assert _core.Pepper(secret).digest(key) == hmac.new(secret, key.encode(), hashlib.sha256).digest()


def test_a_short_secret_is_refused_and_not_told() -> None:
    with pytest.raises(ValueError, match="32 bytes") as refusal:
        _core.Pepper(b"hunter2-hunter2")
    assert "hunter2" not in str(refusal.value)


def test_repr_shows_nothing(pepper: _core.Pepper) -> None:
    assert repr(pepper) == str(pepper) == "<Pepper>"


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "bEaReR    "])
def test_a_bearer_key_is_identified(pepper: _core.Pepper, key: str, scheme: str) -> None:
    assert pepper.identify((scheme + key).encode()) == pepper.digest(key)


@pytest.mark.parametrize(
    "header",
    [
        *("", "Bearer", "Bearer ", "{key}", "Bearer{key}", "Bearer\t{key}", " Bearer {key}", "Bearer {key} "),
        *("Basic {key}", "Bearer {key}{key}", "Bearer sk-nemo-", "Bearer sk-{key}", "Bearer {key}\x00"),
        "Bearer ' OR 1=1 --{key}",
    ],
)
def test_anything_else_is_not(pepper: _core.Pepper, key: str, header: str) -> None:
    assert pepper.identify(header.format(key=key).encode()) is None


def test_every_one_character_typo_is_refused(pepper: _core.Pepper, key: str) -> None:
    typos = [key[:at] + other + key[at + 1 :] for at in range(len(key)) for other in BASE62 if other != key[at]]
    assert [typo for typo in typos if pepper.identify(b"Bearer " + typo.encode()) is not None] == []


def test_a_huge_header_costs_nothing(pepper: _core.Pepper, key: str) -> None:
    for header in (b"Bearer " + b"a" * 1_000_000, b"Bearer " + b" " * 1_000_000 + key.encode(), b"a" * 1_000_000):
        assert pepper.identify(header) is None
