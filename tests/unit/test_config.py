"""The configuration: what a file and the environment come to, and what is said about one that is wrong."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nemoproxy.config import (
    AbTest,
    Cache,
    Config,
    ConfigError,
    Credits,
    Limits,
    LimitSettings,
    Model,
    Pool,
    Problem,
    Provider,
    Secret,
    SecretUrl,
    Server,
    Storage,
    Target,
    Timeouts,
    Variant,
    load,
    locate,
)

EXAMPLE = Path(__file__).parents[2] / "nemoproxy.example.yaml"
CANARY = "sk-canary-0123456789abcdef0123456789abcdef"


@pytest.fixture
def read(tmp_path: Path):
    def read(text: str | bytes, **environ: str) -> Config:
        path = tmp_path / "nemoproxy.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return load(path, environ)

    return read


@pytest.fixture
def problems(read):
    def problems(text: str | bytes, **environ: str) -> tuple[Problem, ...]:
        with pytest.raises(ConfigError) as caught:
            read(text, **environ)
        return caught.value.problems

    return problems


class TestDefaults:
    def test_no_file_and_no_environment(self) -> None:
        config = load(None, {})
        assert config.providers == {} and config.models == {}
        assert (config.server.host, config.server.port) == ("127.0.0.1", 8080)
        assert config.storage.url.reveal() == "sqlite:///var/nemoproxy.db"
        assert config.tiers["monthly"] == Limits(rpm=500, tpm=500_000, tps=50)
        assert config.tiers["enterprise"] == Limits()

    @pytest.mark.parametrize("text", ["", "\n# nothing\n", "null", "server:\nproviders:\n", "server: {}"])
    def test_an_empty_file_is_no_file(self, read, text: str) -> None:
        assert read(text) == load(None, {})

    def test_frozen(self) -> None:
        with pytest.raises(AttributeError):
            load(None, {}).server.port = 1  # type: ignore[misc]

    def test_the_example_is_valid_and_shows_every_setting(self) -> None:
        load(EXAMPLE, {})
        text = EXAMPLE.read_text()
        sections = (Config, Server, Storage, Provider, Timeouts, Pool, Model, Target, Limits, LimitSettings, Credits)
        sections += (Cache, AbTest, Variant)
        for section in sections:
            assert [name for name in section.__struct_fields__ if f"{name}:" not in text] == []

    def test_locate(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert locate(None, {}) is None
        Path("nemoproxy.yaml").touch()
        assert locate(None, {}) == Path("nemoproxy.yaml")
        assert locate(None, {"NEMOPROXY_CONFIG": "b.yaml"}) == Path("b.yaml")
        assert locate(Path("a.yaml"), {"NEMOPROXY_CONFIG": "b.yaml"}) == Path("a.yaml")


class TestEnvironment:
    def test_openai_is_asked_for_any_name(self) -> None:
        config = load(None, {"OPENAI_API_KEY": "sk-1"})
        assert config.providers["openai"].base_url == "https://api.openai.com/v1"
        assert config.models == {"*": Model(targets=(Target(provider="openai"),))}

    def test_others_are_asked_by_their_name(self) -> None:
        config = load(
            None, {"OPENAI_API_KEY": "sk-1", "GROQ_API_KEY": "gsk", "MISTRAL_API_KEY": "m", "XAI_API_KEY": ""}
        )
        assert set(config.models) == {"*", "groq/*", "mistral/*"}
        assert config.models["groq/*"].targets == (Target(provider="groq", model=None),)

    def test_the_only_one_is_asked_for_any_name(self) -> None:
        config = load(None, {"GROQ_API_KEY": "gsk"})
        assert {alias: model.targets[0].provider for alias, model in config.models.items()} == {
            "groq/*": "groq",
            "*": "groq",
        }

    def test_a_base_url_without_a_key(self) -> None:
        config = load(None, {"OPENAI_BASE_URL": "http://127.0.0.1:9090/v1/"})
        assert config.providers["openai"].base_url == "http://127.0.0.1:9090/v1"
        assert config.providers["openai"].api_key is None

    def test_a_file_with_providers_is_all_there_is(self, read) -> None:
        config = read("providers: {local: {base_url: 'http://h/v1'}}", OPENAI_API_KEY="sk-1")
        assert list(config.providers) == ["local"]
        assert list(config.models) == ["local/*", "*"]

    def test_what_is_wrong_names_the_variable_and_hides_its_value(self) -> None:
        with pytest.raises(ConfigError) as caught:
            load(None, {"OPENAI_API_KEY": f"{CANARY}\n", "NEMOPROXY_PEPPER": "canary-short"})
        assert [(p.file, p.path) for p in caught.value.problems] == [
            ("environment", "OPENAI_API_KEY"),
            ("environment", "NEMOPROXY_PEPPER"),
        ]
        assert "canary" not in str(caught.value)

    def test_the_pepper_of_the_file_wins(self, read) -> None:
        assert load(None, {"NEMOPROXY_PEPPER": CANARY}).storage.pepper == Secret(CANARY)
        assert read(f"storage: {{pepper: {'x' * 32}}}", NEMOPROXY_PEPPER=CANARY).storage.pepper == Secret("x" * 32)


class TestReferences:
    def test_filled_in_and_typed_by_the_setting(self, read) -> None:
        config = read(
            'server: {port: "${PORT}", host: "${HOST:-::1}"}\nproviders: {openai: {api_key: "${A}${B:-}-x"}}',
            PORT="81",
            A="a",
        )
        assert (config.server.port, config.server.host) == (81, "::1")
        assert config.providers["openai"].api_key == Secret("a-x")

    def test_escaped(self, read) -> None:
        assert read("storage: {pepper_file: '$${A} $5 $'}").storage.pepper_file == "${A} $5 $"

    def test_a_value_is_never_structure_nor_another_reference(self, read) -> None:
        config = read("server:\n  host: ${HOST}\n", HOST="${PORT}\nport: 1")
        assert config.server.host == "${PORT}\nport: 1" and config.server.port == 8080

    def test_an_empty_default_is_none(self, read) -> None:
        assert read("providers:\n  openai:\n    api_key: ${KEY:-}\n").providers["openai"].api_key is None

    @pytest.mark.parametrize(
        ("environ", "message"),
        [({}, "the environment variable KEY is not set"), ({"KEY": ""}, "the environment variable KEY is empty")],
    )
    def test_missing(self, problems, environ: dict[str, str], message: str) -> None:
        (problem,) = problems("providers:\n  openai:\n    api_key: ${KEY}\n", **environ)
        assert (problem.line, problem.path, problem.message) == (3, "providers.openai.api_key", message)
        assert "KEY" in (problem.hint or "")

    @pytest.mark.parametrize("text", ["${", "${}", "${A", "${1}", "${A-b}", "${A:-${B}}"])
    def test_broken(self, problems, text: str) -> None:
        assert problems(f"server: {{host: '{text}'}}", A="a")[0].message == "a reference that is not one"

    def test_what_a_variable_held_is_not_quoted(self, problems) -> None:
        (problem,) = problems("server:\n  port: ${PORT}\n", PORT=CANARY)
        assert CANARY not in str(problem) and '"${PORT}"' in problem.message


class TestSections:
    def test_short_forms(self, read) -> None:
        models = read(
            "providers: {openai: {}, o2: {base_url: 'https://h'}}\n"
            "models:\n  gpt-4o: openai\n  fast: openai/gpt-4o-mini\n  a/b/c: o2/d/e\n  no: openai\n  1.5: openai\n"
            "  two: {targets: [openai, {provider: o2}, o2/x]}\n  o2/*: o2\n  '*': openai/x\n"
        ).models
        targets = {alias: [(t.provider, t.model) for t in model.targets] for alias, model in models.items()}
        assert targets == {
            "gpt-4o": [("openai", "gpt-4o")],
            "fast": [("openai", "gpt-4o-mini")],
            "a/b/c": [("o2", "d/e")],
            "no": [("openai", "no")],
            "1.5": [("openai", "1.5")],
            "two": [("openai", "two"), ("o2", "two"), ("o2", "x")],
            "o2/*": [("o2", None)],
            "*": [("openai", "x")],
        }

    def test_a_list_may_be_empty_where_nothing_is_needed(self, read) -> None:
        assert read("server: {cors_origins: []}").server.cors_origins == ()
        assert read("guardrails: {a: {detector: pii, action: log, teams: []}}").guardrails["a"].teams == ()

    def test_tiers_change_field_by_field(self, read) -> None:
        tiers = read("tiers: {payg: {rpm: 7, tpm: null}, trial: {rpm: 1}}").tiers
        assert tiers["payg"] == Limits(rpm=7, tpm=None, tps=10)
        assert tiers["trial"] == Limits(rpm=1)
        assert tiers["annual"] == Limits(rpm=1000, tpm=1_000_000, tps=200)

    def test_anchors_and_merges(self, read) -> None:
        config = read(
            "providers:\n  a: &a {base_url: 'https://a', timeouts: {total_s: 9}}\n  b: {<<: *a, base_url: 'https://b'}\n"
        )
        assert config.providers["b"].base_url == "https://b"
        assert config.providers["b"].timeouts == config.providers["a"].timeouts

    def test_only_some_sections(self, tmp_path: Path) -> None:
        path = tmp_path / "c.yaml"
        path.write_text("providers: {openai: {api_key: '${GONE}'}}\nmodels: {a: nobody}\nstorage: {pepper_file: p}\n")
        assert load(path, {}, only=("storage", "tiers", "limits")).storage.pepper_file == "p"
        with pytest.raises(ConfigError):
            load(path, {})

    @given(st.builds(Limits, rpm=st.none() | st.integers(1, 9), tps=st.none() | st.integers(1, 9)))
    def test_limits_over(self, limits: Limits) -> None:
        base = Limits(rpm=100, tpm=100)
        over = limits.over(base)
        assert over.rpm == (limits.rpm or 100) and over.tpm == 100 and over.tps == limits.tps


SOME_NAMES = (
    *("server", "port", "providers", "openai", "base_url", "api_key", "headers", "timeouts", "models", "*", "a/*"),
    *("targets", "provider", "tiers", "payg", "rpm", "limits", "team", "storage", "url"),
)

WRONG = [
    ("server:\n  prot: 1", 2, "server.prot", 'did you mean "port"?'),
    ("sever: {}", 1, "sever", 'did you mean "server"?'),
    ("server:\n  port: 70000", 2, "server.port", "from 0 to 65535"),
    ("server:\n  port: 80.5", 2, "server.port", "whole number"),
    ("server:\n  port: true", 2, "server.port", "whole number"),
    ("server:\n  port: 1:30", 2, "server.port", "whole number"),
    ("server:\n  port:", 2, "server.port", "whole number"),
    ("server:\n  port: [1]", 2, "server.port", "whole number"),
    ("server:\n  body_timeout_s: .nan", 2, "server.body_timeout_s", "a number from"),
    ("server:\n  body_timeout_s: nan", 2, "server.body_timeout_s", "a number from"),
    ("server:\n  body_timeout_s: inf", 2, "server.body_timeout_s", "a number from"),
    ("server: 8080", 1, "server", "expected settings by name"),
    ("server:\n  port: 1\n  port: 2", 3, "server.port", "twice, first at line 2"),
    ("providers:\n  x: {}", 2, "providers.x.base_url", "is missing (only these need none: "),
    ("providers:\n  opnai: {}", 2, "providers.opnai.base_url", 'is missing (did you mean "openai"?)'),
    ("server:\n  host: ''", 2, "server.host", 'expected text of 1 to 255 characters, not ""'),
    ("providers:\n  x/y: {base_url: 'http://h'}", 2, "providers.x/y", "letters, digits"),
    ("providers:\n  x: {base_url: 'ftp://h'}", 2, "providers.x.base_url", "https://"),
    ("providers:\n  x: {base_url: 'http://'}", 2, "providers.x.base_url", "not a URL"),
    ("providers:\n  x: {base_url: 'http://h:99999'}", 2, "providers.x.base_url", "not a URL"),
    ("providers:\n  x: {base_url: 'http://h/a b'}", 2, "providers.x.base_url", "not a URL"),
    ("providers:\n  x: {base_url: 'http://[h'}", 2, "providers.x.base_url", "not a URL"),
    ("providers:\n  x: {base_url: 'http://u:canary@h'}", 2, "providers.x.base_url", "api_key"),
    ("providers:\n  x: {base_url: 'http://h?canary=1'}", 2, "providers.x.base_url", "query"),
    ("providers:\n  x: {base_url: 'http://h/#'}", 2, "providers.x.base_url", "fragment"),
    ("providers:\n  openai: {api_key: 'canary x'}", 2, "providers.openai.api_key", "printable ASCII"),
    ('providers:\n  openai: {headers: {X-A: "canary\\r\\nB: c"}}', 2, "providers.openai.headers.X-A", "one line"),
    ("providers:\n  openai: {headers: {Host: h}}", 2, "providers.openai.headers.Host", "sets this header itself"),
    ("providers:\n  openai: {headers: {'a b': h}}", 2, "providers.openai.headers.a b", "HTTP header"),
    (
        "providers:\n  openai:\n    api_key: k\n    headers: {authorization: h}",
        4,
        "providers.openai.headers",
        "leave one of the two out",
    ),
    ("providers:\n  openai: {ca_file: /nowhere}", 2, "providers.openai.ca_file", "/nowhere"),
    ("providers: {openai: {}}\nmodels:\n  a: opnai/x", 3, "models.a.targets[0].provider", 'did you mean "openai"?'),
    ("models:\n  a: groq/x", 2, "models.a.targets[0].provider", "GROQ_API_KEY"),
    ("models:\n  a:\n    targets: []", 3, "models.a.targets", "at least one"),
    ("models:\n  a: {}", 2, "models.a.targets", "is missing (expected a list)"),
    ("prices:\n  m: []", 2, "prices.m", "at least one"),
    ("models:\n  a: openai/", 2, "models.a.targets[0].model", "printable"),
    ("models:\n  a*b: openai", 2, "models.a*b", 'a "*" stands at the end'),
    ("models:\n  '*/*': openai", 2, "models.*/*", 'a "*" stands at the end'),
    ("models:\n  a/*: openai/b/*", 2, "models.a/*.targets[0].model", "leave the model out"),
    ("models:\n  a: {targets: [openai], encoding: p50k}", 2, "models.a.encoding", "o200k_base or cl100k_base"),
    ("tiers:\n  payg: {rpm: -1}", 2, "tiers.payg.rpm", "from 1"),
    ("tiers:\n  payg: {rpm: 0}", 2, "tiers.payg.rpm", "from 1"),
    ("tiers:\n  payg: {tpm: 9999999999999999999999}", 2, "tiers.payg.tpm", "from 1"),
    ("tiers: [a]", 1, "tiers", "entries by name"),
    ("limits:\n  default_tier: pay", 2, "limits.default_tier", 'did you mean "payg"?'),
    ("storage:\n  url: mysql://u:canary@h/d", 2, "storage.url", "postgresql://"),
    ("storage:\n  url: 'sqlite://'", 2, "storage.url", "expected a file"),
    ("storage:\n  url: 'sqlite:///:memory:'", 2, "storage.url", "expected a file"),
    ("storage:\n  pepper: canary", 2, "storage.pepper", "at least 32"),
    ("storage:\n  pepper: *canary", 2, "", "undefined alias"),
    ("ab_tests:\n  t:\n    model: m\n    variants: {a: {}}", 4, "ab_tests.t.variants", "two variants or more"),
    (
        "ab_tests:\n  t:\n    model: m\n    variants: {a: {}, b: {weight: 0}}",
        4,
        "ab_tests.t.variants.b.weight",
        "from 1",
    ),
    (
        "ab_tests:\n  t:\n    model: m\n    state: on\n    variants: {a: {}, b: {}}",
        4,
        "ab_tests.t.state",
        "draft or running",
    ),
    (
        "models: {m: openai}\nab_tests:\n  t:\n    model: m\n    variants: {a: {}, b: {model: n}}",
        5,
        "ab_tests.t.variants.b.model",
        'no model "n"',
    ),
    (
        "ab_tests:\n  t: &t\n    model: m\n    state: running\n    variants: {a: {}, b: {}}\n  u:\n    <<: *t",
        4,
        "ab_tests.u.state",
        '"t" runs for m already',
    ),
    ("cache:\n  scope: all", 2, "cache.scope", "org or team or key"),
    ("- a\n- b", 1, "", "expected sections"),
    ("server:\n\tport: 1", 2, "", "not valid YAML"),
    ("server:\n  port: 1\nproviders: {openai: {api_key: ${KEY}}}", 3, "", 'needs quotes: "${NAME}"'),
    ("providers:\n  openai: {api_keys: [a, ${KEY}]}", 2, "", 'needs quotes: "${NAME}"'),
    ("a: 1\n---\nb: 2", 2, "", "not valid YAML"),
    ("? [a]\n: b", 1, "", "expected a name"),
    (b"server: \xff", None, "", "UTF-8"),
    ("server: &a\n  <<: *a", 2, "server", "after <<"),
]


class TestGuardrails:
    def test_they_are_read(self, read) -> None:
        config = read("""
            guardrails:
              pii: {detector: pii, action: redact, mode: both, only: [EMAIL, us-ssn], teams: [acme/research]}
              words: {detector: keyword, action: block, words: [one, two], mandatory: true}
              badge: {detector: regex, action: mask, patterns: {id: 'EMP-[0-9]{6}'}}
              hook: {detector: webhook, action: log, url: 'https://example.com/x', headers: {X-Key: a}}
            """)
        assert [one.detector for one in config.guardrails.values()] == ["pii", "keyword", "regex", "webhook"]
        assert config.guardrails["pii"].teams == ("acme/research",)

    @pytest.mark.parametrize(
        ("entry", "path", "message"),
        [
            ("{detector: pii}", "action", "is missing"),
            ("{detector: dlp, action: log}", "detector", "expected pii or secrets"),
            ("{detector: pii, action: redact, only: [EMIAL]}", "only[0]", 'no rule or entity "EMIAL" in pii'),
            ("{detector: pii, action: log, words: [a]}", "words", "no setting of the detector pii"),
            ("{detector: keyword, action: log}", "words", "is missing"),
            ("{detector: webhook, action: log}", "url", "is missing"),
            ("{detector: webhook, action: mask, url: 'https://x.io'}", "action", "mask cannot be done"),
            ("{detector: pii, action: mask, mode: both}", "mode", "has to be pre_call"),
            ("{detector: regex, action: log, patterns: {p: 'a(?=b)'}}", "patterns.p", "look-around"),
            ("{detector: regex, action: log, patterns: {p: '('}}", "patterns.p", "unclosed group"),
        ],
    )
    def test_what_is_wrong_is_said(self, problems, entry: str, path: str, message: str) -> None:
        (problem,) = problems(f"guardrails:\n  g: {entry}\n")
        assert problem.path == f"guardrails.g.{path}" and problem.line == 2
        assert message in problem.message

    def test_there_are_not_too_many(self, problems) -> None:
        lines = [f"  g{n}: {{detector: pii, action: log}}" for n in range(65)]
        assert "64 are the most" in problems("guardrails:\n" + "\n".join(lines))[0].message


class TestWrong:
    @pytest.mark.parametrize(("text", "line", "path", "says"), WRONG, ids=[str(case[0])[:40] for case in WRONG])
    def test_said_where_and_how_to_mend(
        self, problems, text: str | bytes, line: int | None, path: str, says: str
    ) -> None:
        found = problems(text, OPENAI_API_KEY="sk-1")
        assert [(problem.line, problem.path) for problem in found] == [(line, path)]
        assert says in str(found[0])
        assert "canary" not in str(found[0])

    def test_all_at_once_in_the_order_of_the_file(self, problems) -> None:
        text = "server: {port: x, prot: 1}\nproviders:\n  a: {}\n  b: {base_url: x}\nmodels: {m: c}\n"
        text += "limits: {team: {rpm: 0}}"
        assert [problem.path for problem in problems(text)] == [
            "server.port",
            "server.prot",
            "providers.a.base_url",
            "providers.b.base_url",
            "models.m.targets[0].provider",
            "limits.team.rpm",
        ]

    def test_a_file_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="cannot be read: No such file"):
            load(tmp_path / "gone.yaml", {})
        with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
            load(tmp_path, {})

    def test_aliases_that_multiply_are_not_expanded(self, problems) -> None:
        lines = ["a0: &a0 ['${X:-x}']"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60)]
        assert len(problems("\n".join(lines))) == 60
        assert problems("providers: &a [*a]")

    def test_deep_nesting(self, problems) -> None:
        assert "deep" in problems("[" * 20_000)[0].message

    @given(st.binary(max_size=200))
    def test_any_bytes_are_settings_or_a_config_error(self, tmp_path_factory, data: bytes) -> None:
        path = tmp_path_factory.getbasetemp() / "any.yaml"
        path.write_bytes(data)
        try:
            load(path, {})
        except ConfigError as error:
            assert error.problems

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(SOME_NAMES),
                    inner,
                    max_size=5,
                )
            ),
        )
    )
    def test_any_shape_is_settings_or_a_config_error(self, tmp_path_factory, data: object) -> None:
        path = tmp_path_factory.getbasetemp() / "any.yaml"
        path.write_text(yaml.safe_dump(data), encoding="utf-8")
        try:
            load(path, {})
        except ConfigError as error:
            assert all(problem.line is not None for problem in error.problems)


class TestSecrets:
    def test_no_form_of_a_config_shows_one(self, read) -> None:
        config = read(
            f"providers: {{openai: {{api_key: {CANARY}, headers: {{X-Key: {CANARY}}}}}}}\n"
            f"storage: {{url: 'postgresql://u:{CANARY}@h/d?sslpassword={CANARY}', pepper: {CANARY}}}\n"
        )
        secret = config.providers["openai"].api_key
        assert secret is not None and secret.reveal() == CANARY
        for shown in (
            repr(config),
            str(config),
            f"{secret}",
            f"{secret!r:>80}",
            str([secret]),
            str(config.storage.url),
        ):
            assert CANARY not in shown
        assert str(config.storage.url) == "postgresql://u:***@h/d"

    def test_not_serialised(self) -> None:
        with pytest.raises(TypeError):
            pickle.dumps(Secret(CANARY))
        with pytest.raises(TypeError):
            msgspec.json.encode(Secret(CANARY))
        with pytest.raises(TypeError):
            copy.copy(Secret(CANARY))

    @given(st.text(st.characters(codec="ascii", exclude_characters="*"), min_size=1), st.booleans())
    def test_a_url_is_shown_without_its_password(self, password: str, query: bool) -> None:
        url = SecretUrl(f"postgresql://user:{password}@host/name" + ("?password=x" if query else ""))
        assert str(url) == "postgresql://user:***@host/name"
