"""The formats of secrets that scanners publish: what each looks like, and the name that gives it away if it has none.

They are read from the rules of other scanners, which are installed and not copied: Betterleaks' and OSV-SCALIBR's, as
kingfisher-secret-scanner has them, CredSweeper's and detect-secrets'.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from tests.scores.draw import Draw
from tests.scores.screen import package

FAMILIES = {
    "llm": """openai anthropic gcp-gemini google-ai groq xai x-ai perplexity openrouter huggingface hugging-face
        replicate together cohere mistral deepseek cerebras nvidia langchain langsmith langfuse llama fireworks
        elevenlabs stability voyageai pinecone tavily jina bedrock weights-and-biases wandb databricks assemblyai
        deepgram upstage minimax kimi zai-api ollama lighton fal-api mem0 vercel-ai composio firecrawl brave-search
        ai21 anyscale""",
    "cloud": """aws amazon azure gcp google alibaba digital-ocean digitalocean cloudflare heroku ibm linode vultr
        scaleway exoscale tencent yandex ovh fly flyio netlify vercel supabase neon planetscale mongodb upstash
        infomaniak upcloud openshift kubernetes softlayer""",
    "vcs and ci": """github gitlab bitbucket gitea atlassian jira circleci circle-ci travisci droneci buildkite bitrise
        sourcegraph sonar snyk codecov harness jenkins octopus terraform hashicorp vault pulumi doppler infracost
        postman""",
    "payment": """stripe square paypal braintree plaid razorpay shopify flutterwave gocardless mollie paddle polar
        xendit midtrans mercury coinbase asaas""",
    "messaging": """slack discord telegram twilio sendgrid mailgun mailchimp sendinblue brevo mailersend resend postmark
        messagebird microsoft-teams telnyx plivo onesignal mattermost""",
    "registries": "npm pypi nuget rubygems clojars docker jfrog artifactory packagist crates",
    "observability": """datadog new-relic newrelic sentry grafana honeycomb dynatrace sumologic pagerduty opsgenie
        posthog""",
    "keys and credentials": """jwt json-web private-key age-secret pem curl credential-uri url-credentials basic-auth
        connection-string bitbucketcredentials codecommit codecatalyst""",
}  # fmt: skip

BESIDE = re.compile(
    r"client.id|application-id|app-id|tenant-id|account-name|-username|-name\b|-host\b|-domain|firebase|s3 bucket"
    r"|-url\b|repository$|public-key|pub-key|-address|(?<!key)-id\b|uuid|twilio credentials|cloudinary-api-key"
)
"""Rules that are not of secrets, but of what stands beside them: ids, names, hosts."""

NO_FORMAT = {
    # Any value at all behind a word for it.
    "generic-api-key", "generic-password", "hashicorp-tf-password", "nuget-config-password", "polymarket-passphrase",
    # Wider than what the vendor issues: it has only hexadecimal digits, or more to tell it by.
    "discord", "mailchimp", "telegram_token", "twilio",
    # Encoded, or of many parts: `made` has those as they are.
    "artifactory", "basic_auth", "cloudant", "ibm_cloud_iam", "ibm_cos_hmac", "ip_public", "jwt", "npm", "private_key",
    "softlayer", "curl-auth-header", "curl-auth-user", "gcp-application-default-credentials", "gcp-service-account",
    "kubernetes-secret-yaml", "private-key", "jwt-base64", "sidekiq-sensitive-url", "temporal-cloud-api-key.1",
    "json web token", "json web key", "pem private key", "base64 encoded pem private key", "base64 private key",
    "azure access token", "grafana provisioned api key", "ntlm token", "basic authorization", "bearer authorization",
    "sql password", "url credentials",
}  # fmt: skip


@dataclass(frozen=True)
class Format:
    source: str
    name: str
    pattern: str
    group: int | str

    @property
    def family(self) -> str:
        words = f"-{self.name.lower().replace(' ', '-').replace('_', '-')}-"
        return next(
            (family for family, of in FAMILIES.items() if any(f"-{word}" in words for word in of.split())), "other"
        )

    def draws(self, random: Random, count: int) -> Iterator[tuple[str, str]]:
        """The name that is given by the pattern, or nothing, and a secret."""
        draw = Draw(self.pattern, self.group)
        for _ in range(count):
            drawn = draw.one(random)
            # The first one that is there: patterns have groups in branches of their own.
            first = min((one for one in drawn.groups if isinstance(one, int) and one), default=0)
            start, end = drawn.groups.get(self.group) or drawn.groups[first]
            if "://" in drawn.text[:start]:  # A URL as a whole; it is no name that gives its parts away.
                start, end = 0, len(drawn.text)
            secret = drawn.text[start:end].strip()
            if secret.isascii() and secret.isprintable():
                yield drawn.text[:start], secret


def published() -> Iterator[Format]:
    for one in [*betterleaks(), *credsweeper(), *detect_secrets()]:
        name = one.name.lower()
        if name not in NO_FORMAT and not BESIDE.search(name):
            yield one


def betterleaks() -> Iterator[Format]:
    rules = importlib.import_module("kingfisher_sdk").Rules(confidence="low", cache=False)
    for rule in rules.metadata():
        detail = rules.detail(rule["id"])
        pattern = str(detail["pattern"])
        has_group = bool(re.search(r"(?<!\\)\((?:\?P?<|(?!\?))", pattern))
        group = detail["betterleaks_secret_group"] or int(has_group)
        yield Format(
            "betterleaks", rule["id"].removeprefix("betterleaks.").removeprefix("veles.secrets/"), pattern, group
        )


def credsweeper() -> Iterator[Format]:
    yaml = importlib.import_module("yaml")
    rules = yaml.safe_load((package("credsweeper") / "rules" / "config.yaml").read_text(encoding="utf-8"))
    for rule in rules:
        patterns = [one for one in rule["values"] if "(?P<value>" in one and "(?P<variable>" not in one]
        if rule["type"] == "pattern" and rule["confidence"] != "weak" and patterns:
            # What may stand in front is looked behind at.
            yield Format("credsweeper", rule["name"], patterns[0][patterns[0].index("(?P<value>") :], "value")


def detect_secrets() -> Iterator[Format]:
    for file in sorted((package("detect_secrets") / "plugins").glob("*.py")):
        module = importlib.import_module(f"detect_secrets.plugins.{file.stem}")
        for plugin in vars(module).values():
            if getattr(plugin, "__module__", "") != module.__name__ or not isinstance(plugin, type):
                continue
            denylist = getattr(plugin, "denylist", ())
            for pattern in denylist if isinstance(denylist, Iterable) else ():
                in_quotes = bool(re.search(r"\)\[\\?['\"]+\\?['\"]\]$", pattern.pattern))
                yield Format("detect-secrets", file.stem, pattern.pattern, int(in_quotes))
