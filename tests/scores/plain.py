"""Ordinary texts that are full of digests, ids and names of secrets: locks, logs, listings, styles, talk."""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable, Iterator
from random import Random
from uuid import UUID

NAMES = (
    "auth-token js-tokens jsonwebtoken secretstorage keyring passport-jwt tokenizers certifi cookie-signature".split()
)
WORDS = (
    "the key of a good secret is who knows it, and a token of trust goes with every password that somebody forgot; "
    "so the access to that account was signed, sealed and sent by bearer to the office in Stripe Street, by square"
).split()
PLACEHOLDERS = [
    "OPENAI_API_KEY=sk-...", "OPENAI_API_KEY=your-api-key-here", "ANTHROPIC_API_KEY=<your key>", "api_key: ${API_KEY}",
    "export GITHUB_TOKEN=$GH_TOKEN", 'client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])', "password: changeme",
    "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "xoxb-your-bot-token", "Authorization: Bearer $TOKEN",
    "token = get_token()", "postgres://user:password@localhost:5432/db", "https://<user>:<password>@example.com",
    "secret_key = settings.SECRET_KEY", "sk_test_xxxxxxxxxxxxxxxxxxxxxxxx", "STRIPE_SECRET_KEY=sk_live_YOUR_KEY",
    "-----BEGIN RSA PRIVATE KEY-----\n...", "curl -u user:password https://example.com", "token: {{ .Values.token }}",
    "token: ${{ secrets.GITHUB_TOKEN }}", "AIzaSyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "hf_your_token_here",
    "MISTRAL_API_KEY=YOUR_MISTRAL_API_KEY_GOES_HERE", "SECRET_KEY=insert-a-long-random-string-here",
    "mongodb+srv://<username>:<password>@cluster0.mongodb.net", "DB_URL=mysql://root:root@127.0.0.1/test",
]  # fmt: skip

DRAWN: dict[str, Callable[[Random, int], str]] = {
    "hex": lambda random, length: "".join(random.choices("0123456789abcdef", k=length)),
    "b64": lambda random, length: base64.b64encode(random.randbytes(length)).decode(),
    "number": lambda random, length: "".join(random.choices(string.digits, k=length)),
    "letters": lambda random, length: "".join(random.choices(string.ascii_letters, k=length)),
    "digest": lambda random, _: random.choice(["MD5", "SHA1", "SHA256", "SHA512"]),
    "uuid": lambda random, _: str(UUID(int=random.getrandbits(128), version=4)),
    "name": lambda random, _: random.choice(NAMES),
    "version": lambda random, _: f"{random.randrange(9)}.{random.randrange(30)}.{random.randrange(9)}",
    "words": lambda random, count: " ".join(random.choices(WORDS, k=count)),
    "placeholder": lambda random, _: random.choice(PLACEHOLDERS),
    "text64": lambda random, count: base64.b64encode(" ".join(random.choices(WORDS, k=count)).encode()).decode(),
}
# A shape is repeated a few times in a text. `{hex:40}` is forty digits drawn anew.
SHAPES = {
    "package-lock.json": '"node_modules/{name}": {"version": "{version}", "resolved": "https://registry.npmjs.org/{name}'
    '/-/{name}-{version}.tgz", "integrity": "sha512-{b64:64}"},',
    "yarn.lock": '{name}@^{version}:\n  resolved "https://x.io/a.tgz#{hex:40}"\n  integrity sha512-{b64:64}\n',
    "pnpm-lock.yaml": "  /{name}@{version}:\n    resolution: {integrity: sha512-{b64:64}}",
    "Cargo.lock": '[[package]]\nname = "{name}"\nversion = "{version}"\nchecksum = "{hex:64}"\n',
    "uv.lock": 'sdist = { url = "https://files.pythonhosted.org/packages/{hex:2}/{hex:2}/{hex:60}/{name}-{version}.tar.gz",'
    ' hash = "sha256:{hex:64}", size = {number:5} }',
    "poetry.lock": '    {file = "{name}-{version}-py3-none-any.whl", hash = "sha256:{hex:64}"},',
    "requirements.txt": "{name}=={version} \\\n    --hash=sha256:{hex:64} \\\n    --hash=sha256:{hex:64}",
    "go.sum": "github.com/aws/aws-sdk-go-v2/credentials v{version} h1:{b64:32}",
    "sha256sum": "{hex:64}  {name}-{version}.tar.gz",
    "digests": "{digest} (key.txt) = {hex:40}\n{hex:32}\n{hex:56}\n{hex:128}",
    "uuids": "{uuid}",
    "ids in JSON": '{"id": "{uuid}", "request_id": "req_{hex:24}", "etag": "{hex:32}", "of": "chatcmpl-{letters:29}"}',
    "git log": "commit {hex:40}\nAuthor: A <a@acme.io>\n\n    {words:7}\n",
    "git log, short": "{hex:9} {words:5}",
    "git diff": "diff --git a/token.py b/token.py\nindex {hex:11}..{hex:11} 100644\n-key = None\n+key = get_key()",
    "images in base64": '<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{b64:900}">',
    "base64": "{b64:57}",
    "text in base64": "{text64:40}",
    "minified JS": '!function(e,t){var {letters:2}=t.key;e.exports={key:"{hex:6}",token:{letters:2}.length}}('
    '{{number:3}:(e,t,n)=>{"use strict";n.d(t,{secretKey:()=>{letters:2}})}});\n'
    "//# sourceMappingURL=main.{hex:20}.js.map",
    "CSS": ".key-{hex:6}:hover{color:#{hex:6};background:url(/i/{hex:20}.svg)}",
    "certificates": "-----BEGIN CERTIFICATE-----\nMIID{b64:45}\n{b64:48}\n{b64:48}\n-----END CERTIFICATE-----",
    "public keys": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{b64:372} me@host\n"
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64:32}",
    "HTTP": 'HTTP/1.1 200 OK\nETag: W/"{hex:32}"\nx-request-id: {uuid}\nx-amz-id-2: {b64:57}\ncf-ray: {hex:16}-FRA\n',
    "docker": "FROM python:3.12@sha256:{hex:64}\n{hex:12}: Pull complete\nDigest: sha256:{hex:64}",
    "logs": "2026-11-02T10:00:00Z INFO trace={hex:32} span={hex:16} token usage={number:4}",
    "placeholders": "{placeholder}",
    "talk": "{words:40} (order {number:9}, v{version}) {words:9}.",
    "talk of ids": "{words:12} as in {uuid}, which is {hex:40} in {name} {version}. {words:9}?",
}


def made(each: int) -> Iterator[tuple[str, str]]:
    """Kinds, and `each` texts of each."""
    random = Random(2)
    for kind, shape in SHAPES.items():
        for _ in range(each):
            yield kind, "\n".join(filled(shape, random) for _ in range(random.randint(1, 9)))


def filled(shape: str, random: Random) -> str:
    hole = re.compile(f"{{({'|'.join(DRAWN)})(?::(\\d+))?}}")
    return hole.sub(lambda match: DRAWN[match[1]](random, int(match[2] or 0)), shape)
