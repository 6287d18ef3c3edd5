"""Secrets that no pattern of a scanner draws well: they are encoded, of many lines, or in parts."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from random import Random
from urllib.parse import quote

SAFE = string.ascii_letters + string.digits
PASSWORD = SAFE + "!*+-._~"


def word(random: Random, alphabet: str, length: int) -> str:
    return "".join(random.choices(alphabet, k=length))


def encoded(random: Random, length: int) -> str:
    return base64.b64encode(random.randbytes(length)).decode()


def for_url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def pem(random: Random) -> str:
    kind = random.choice(["RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "", "PGP "])
    block = " BLOCK" if kind == "PGP " else ""
    body = encoded(random, random.choice([121, 609, 1192, 2350]))
    width = 70 if kind == "OPENSSH " else 64
    lines = [body[at : at + width] for at in range(0, len(body), width)]
    if kind in {"RSA ", "EC "} and random.random() < 0.3:
        lines = ["Proc-Type: 4,ENCRYPTED", f"DEK-Info: AES-128-CBC,{random.randbytes(16).hex().upper()}", "", *lines]
    if block:
        lines = ["Version: GnuPG v2", "", *lines, f"={encoded(random, 3)}"]
    return "\n".join([f"-----BEGIN {kind}PRIVATE KEY{block}-----", *lines, f"-----END {kind}PRIVATE KEY{block}-----"])


def jwt(random: Random) -> str:
    algorithm, signature = random.choice([("HS256", 32), ("HS512", 64), ("RS256", 256), ("ES256", 64), ("EdDSA", 64)])
    header: dict[str, object] = {"alg": algorithm, "typ": "JWT"}
    if random.random() < 0.5:
        header["kid"] = random.randbytes(8).hex()
    payload = {
        "iss": random.choice(["https://login.acme.io/", "acme", "api"]),
        "sub": str(random.randrange(10**9)),
        "iat": 1_760_000_000 + random.randrange(10**7),
        "scope": random.choice(["read", "read write", "admin"]),
    }
    if random.random() < 0.2:
        header, payload = dict(reversed(header.items())), dict(reversed(payload.items()))
    spaced = random.random() < 0.3
    parts = [json.dumps(part, separators=None if spaced else (",", ":")).encode() for part in (header, payload)]
    return ".".join(for_url(part) for part in [*parts, random.randbytes(signature)])


USERS = ["app", "admin", "svc-billing", "deploy", "root", "postgres", "u1", "root%40acme"]
HOSTS = ["db.acme.io", "10.0.3.7", "cluster0.ab1cd.mongodb.net", "cache", "localhost", "proxy.internal.acme.io"]
SCHEMES = {
    "postgres": ":5432/main", "postgresql": "/main?sslmode=require", "mysql": ":3306/shop", "mongodb": ":27017/x",
    "mongodb+srv": "/x?retryWrites=true", "redis": ":6379/0", "rediss": ":6380", "amqp": ":5672/%2f", "amqps": "/v",
    "https": "/a/b.git", "http": ":8080/api?page=2", "ftp": "/pub", "smtp": ":587", "ldap": ":389", "ssh": "/srv",
    "mssql": ":1433/x", "clickhouse": ":9000/x", "nats": ":4222", "sftp": ":22/srv", "mariadb": ":3306/x",
}  # fmt: skip


def password(random: Random) -> str:
    return word(random, SAFE, 4) + word(random, PASSWORD, random.randint(6, 24)) + random.choice(string.digits)


def url_password(random: Random) -> tuple[str, str, str]:
    scheme = random.choice(list(SCHEMES))
    secret = quote(password(random) + random.choice(["", "#", "@", "/"]), safe="!*+")
    return f"{scheme}://{random.choice(USERS)}:", secret, f"@{random.choice(HOSTS)}{SCHEMES[scheme]}"


def basic(random: Random) -> tuple[str, str, str]:
    pair = f"{random.choice(USERS)}:{password(random)}"
    return "Authorization: Basic ", base64.b64encode(pair.encode()).decode(), ""


def bearer(random: Random) -> tuple[str, str, str]:
    return random.choice(["Authorization: Bearer ", "authorization: bearer "]), word(random, SAFE, 40), ""


def curl(random: Random) -> tuple[str, str, str]:
    flag = random.choice(["-u ", "--user ", '-u "'])
    return (
        f"curl -s {flag}{random.choice(USERS)}:",
        password(random),
        '" https://x.io' if '"' in flag else " https://x.io",
    )


def connection(random: Random) -> tuple[str, str, str]:
    name = random.choice(["Password", "Pwd", "password"])
    return f"Server=db.acme.io;Database=main;User Id=app;{name}=", password(random), ";Encrypt=true"


def storage(random: Random) -> tuple[str, str, str]:
    before = f"DefaultEndpointsProtocol=https;AccountName={word(random, string.ascii_lowercase, 9)};AccountKey="
    return before, encoded(random, 64), ";EndpointSuffix=core.windows.net"


def jdbc(random: Random) -> tuple[str, str, str]:
    kind = random.choice(["mysql", "postgresql", "mariadb"])
    return f"jdbc:{kind}://db.acme.io/main?user=app&password=", password(random).replace("+", "x"), "&useSSL=true"


def aws_pair(random: Random) -> tuple[str, str, str]:
    name = random.choice(["aws_secret_access_key = ", "AWS_SECRET_ACCESS_KEY=", '"SecretAccessKey": "'])
    return name, encoded(random, 30), '"' if name.endswith('"') else ""


ALONE: dict[str, Callable[[Random], str]] = {"private keys": pem, "jwt": jwt}
"""A secret that may stand anywhere."""
IN_PLACE: dict[str, Callable[[Random], tuple[str, str, str]]] = {
    "passwords in urls": url_password, "basic authorization": basic, "bearer authorization": bearer, "curl": curl,
    "connection strings": connection, "azure storage": storage, "jdbc": jdbc, "aws secret keys": aws_pair,
}  # fmt: skip
"""What stands before a secret, it, and what stands behind it."""
