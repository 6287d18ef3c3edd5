//! Ordinary texts, full of what is drawn and no secret: digests, locks, images, pages, talk.

use super::draw::Draw;

type Kind = fn(&mut Draw) -> String;

/// Every kind of them.
pub const KINDS: &[(&str, Kind)] = &[
    ("git log", |draw| {
        lines(draw, 4, |d| format!("commit {}\nAuthor: A <a@acme.io>\n\n    Fix the thing\n", d.hex(40)))
    }),
    ("git diff", |draw| {
        format!("diff --git a/x.rs b/x.rs\nindex {}..{} 100644\n--- a/x.rs\n+++ b/x.rs\n", draw.hex(7), draw.hex(7))
    }),
    ("uuids", |draw| lines(draw, 6, Draw::uuid)),
    ("sha256sum", |draw| lines(draw, 6, |d| format!("{}  dist/app-{}.tar.gz", d.hex(64), d.below(99)))),
    ("sha512 and md5", |draw| format!("SHA512 ({}) = {}\nMD5 = {}", draw.hex(4), draw.hex(128), draw.hex(32))),
    ("npm lock", |draw| lines(draw, 4, npm_lock)),
    ("yarn lock", |draw| lines(draw, 4, yarn_lock)),
    ("pnpm lock", |draw| {
        lines(draw, 4, |d| {
            format!("  /token-types@{}.0.0:\n    resolution: {{integrity: sha512-{}==}}", d.below(9), d.base64(86))
        })
    }),
    ("poetry lock", |draw| {
        lines(draw, 4, |d| {
            format!(
                "    {{file = \"secretstorage-3.{}-py3-none-any.whl\", hash = \"sha256:{}\"}},",
                d.below(9),
                d.hex(64)
            )
        })
    }),
    ("pipfile lock", |draw| lines(draw, 4, |d| format!("                \"sha256:{}\",", d.hex(64)))),
    ("cargo lock", |draw| {
        lines(draw, 3, |d| {
            format!(
                "[[package]]\nname = \"auth-token\"\nversion = \"0.{}.0\"\nchecksum = \"{}\"\n",
                d.below(9),
                d.hex(64)
            )
        })
    }),
    ("go sum", |draw| {
        lines(draw, 4, |d| {
            format!("github.com/aws/aws-sdk-go-v2/credentials v1.{}.0 h1:{}=", d.below(99), d.base64(43))
        })
    }),
    ("gradle and gems", |draw| {
        format!("com.auth0:java-jwt:4.{}.0=classpath\n    jwt (2.{}.1)\n      base64\n", draw.below(9), draw.below(9))
    }),
    ("base64 image", |draw| {
        format!("<img src=\"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{}\">", draw.base64(1200))
    }),
    ("base64 text", |draw| {
        format!("The attachment, base64:\n{}\n{}\n{}==\n", draw.base64(76), draw.base64(76), draw.base64(42))
    }),
    ("base64 of a zeroed file", |draw| format!("{}{}{}", draw.base64(60), "A".repeat(80), draw.base64(60))),
    ("etags", |draw| {
        format!(
            "HTTP/1.1 200 OK\nETag: \"{}-{}\"\nx-amz-request-id: {}\nX-Cache-Key: /a/{}\n",
            draw.hex(32),
            draw.hex(2),
            draw.characters("ABCDEFGH0123456789", 16),
            draw.hex(16)
        )
    }),
    ("sri", |draw| format!("<script src=\"/a.js\" integrity=\"sha384-{}\" crossorigin></script>", draw.base64(64))),
    ("docker", |draw| {
        format!(
            "FROM python:3.11@sha256:{}\n{}: Pull complete\nDigest: sha256:{}\n",
            draw.hex(64),
            draw.hex(12),
            draw.hex(64)
        )
    }),
    ("css", |draw| {
        lines(draw, 5, |d| format!(".b-{}{{color:#{};background:url(/i/{}.svg)}}", d.hex(6), d.hex(6), d.hex(20)))
    }),
    ("minified", |draw| {
        format!(
            "!function(e,t){{var n={{}};e.exports=\"{}.chunk.js\"}}({{a:{}}},{{key:\"{}\"}});",
            draw.hex(20),
            draw.below(9),
            draw.hex(6)
        )
    }),
    ("webpack", |draw| lines(draw, 4, |d| format!("static/js/main.{}.chunk.js  {} KiB", d.hex(8), d.below(900)))),
    ("json ids", |draw| {
        format!(
            "{{\"id\":\"{}\",\"object\":\"chat.completion\",\"system_fingerprint\":\"fp_{}\",\"usage\":{{\"total_tokens\":{}}}}}",
            draw.uuid(),
            draw.hex(10),
            draw.below(900)
        )
    }),
    ("object ids", |draw| {
        lines(draw, 4, |d| {
            format!("{{\"_id\": {{\"$oid\": \"{}\"}}, \"key\": \"users/{}/avatar.png\"}}", d.hex(24), d.hex(32))
        })
    }),
    ("pages", |draw| {
        format!("{{\"items\": [], \"next_page_token\": \"{}\", \"cursor\": \"{}=\"}}", draw.base64(40), draw.base64(43))
    }),
    ("trace", |draw| format!("traceparent: 00-{}-{}-01 x-b3-traceid: {}", draw.hex(32), draw.hex(16), draw.hex(32))),
    ("traceback", |draw| {
        format!(
            "  File \"auth.py\", line {}, in token\n    <Token object at 0x{}>\nKeyError: 'api_key'",
            draw.below(900),
            draw.hex(12)
        )
    }),
    ("urls", |draw| {
        format!(
            "https://storage.acme.io/b/{}/o/report.pdf?generation={}&hash={}",
            draw.uuid(),
            draw.characters("0123456789", 16),
            draw.hex(40)
        )
    }),
    ("video and short links", |draw| {
        format!(
            "https://youtu.be/{} https://t.co/{} doi:10.1000/{}",
            draw.characters("abcXYZ019_-", 11),
            draw.characters("abcXYZ019", 10),
            draw.hex(8)
        )
    }),
    ("notebooks", |draw| {
        format!("\"execution_count\": {}, \"id\": \"{}\", \"metadata\": {{}}", draw.below(99), draw.hex(8))
    }),
    ("ethereum", |draw| format!("sent from 0x{} in tx 0x{}", draw.hex(40), draw.hex(64))),
    ("public keys", |draw| {
        format!(
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{} a@b\nuntrusted comment: minisign public key {}",
            draw.base64(43),
            draw.hex(16)
        )
    }),
    ("certificates", |draw| {
        format!(
            "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBa{}\n-----END CERTIFICATE-----",
            draw.base64(200)
        )
    }),
    ("known hosts", |draw| {
        format!("|1|{}=|{}= ssh-rsa AAAAB3NzaC1yc2E{}", draw.base64(27), draw.base64(27), draw.base64(100))
    }),
    ("code", |draw| draw.one_of(CODE).to_owned()),
    ("configuration", |draw| draw.one_of(CONFIGURATION).to_owned()),
    ("documents", |draw| draw.one_of(DOCUMENTS).to_owned()),
    ("talk", |draw| draw.one_of(TALK).to_owned()),
    ("licence", |draw| draw.one_of(LICENCES).to_owned()),
];

fn lines(draw: &mut Draw, count: usize, line: impl Fn(&mut Draw) -> String) -> String {
    (0..count).map(|_| line(draw) + "\n").collect()
}

fn npm_lock(draw: &mut Draw) -> String {
    let version = draw.below(9);
    let url = format!("https://registry.npmjs.org/js-tokens/-/js-tokens-4.0.{version}.tgz");
    format!(
        "\"node_modules/js-tokens\": {{\"version\": \"4.0.{version}\", \"resolved\": \"{url}\", \"integrity\": \"sha512-{}==\"}},",
        draw.base64(86)
    )
}

fn yarn_lock(draw: &mut Draw) -> String {
    let url = format!("https://registry.yarnpkg.com/auth0-js/-/auth0-js-9.{}.0.tgz#{}", draw.below(9), draw.hex(40));
    format!("auth0-js@^9.0.0:\n  resolved \"{url}\"\n  integrity sha512-{}==", draw.base64(86))
}

const CODE: &[&str] = &[
    "def get_api_key(name: str) -> str:\n    return os.environ.get(f\"{name.upper()}_API_KEY\", \"\")\n",
    "const token = await getAccessTokenSilently({ audience: config.auth0Audience });",
    "let secret_key = SecretKey::from_bytes(&bytes).map_err(|_| Error::InvalidKey)?;",
    "if (req.headers['x-api-key'] !== process.env.INTERNAL_API_KEY) return res.sendStatus(401);",
    "token = tokenizer.encode(text)[:max_tokens]\nlogger.info(\"token count %d\", len(token))",
    "public static final String SECRET_NAME = \"projects/acme/secrets/stripe-webhook-secret/versions/latest\";",
    "var credentials = CredentialsProviderFactory.CreateDefaultCredentialsProviderChain2();",
    "password = getpass.getpass(prompt=\"Password for %s: \" % user)",
    "SELECT token_id, api_key_hash FROM api_keys WHERE organization_id = $1 AND revoked_at IS NULL;",
    "client = OpenAI(api_key=settings.openai_api_key, base_url=\"https://api.acme.io/v1\")",
    "assert_eq!(key.fingerprint(), \"SHA256:uNiVztksCsDhcc0u9e8BrrJXVxDbWxz7kXGp5kS5mC8\");",
    "aws.config.update({ accessKeyId: creds.accessKeyId, secretAccessKey: creds.secretAccessKey });",
    "#define AES_KEY_SCHEDULE_256_ROUNDS_PER_BLOCK_V2 14\nstatic const char *const token_names_2024[] = {\"TOKEN_LEFT_PAREN\"};",
    "mistral_model = MistralForCausalLM.from_pretrained(\"mistralai/Mistral-7B-Instruct-v0.2\")",
];

const CONFIGURATION: &[&str] = &[
    "env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: postgres-credentials-2024\n        key: password",
    "DATABASE_URL=postgres://postgres:postgres@localhost:5432/app_test\nSECRET_KEY=changeme\nAPI_KEY=\n",
    "OPENAI_API_KEY=sk-...\nANTHROPIC_API_KEY=sk-ant-...\nGROQ_API_KEY=gsk_...\n",
    "github_token: ${{ secrets.GITHUB_TOKEN }}\nnpm_token: ${{ secrets.NPM_TOKEN }}",
    "credentials \"app.terraform.io\" {\n  token = var.tfe_token\n}",
    "spring.datasource.password=${DB_PASSWORD:}\njwt.secret=@jwt.secret@\n",
    "auth:\n  existingSecret: \"{{ include \"app.fullname\" . }}-auth\"\n  secretKeys:\n    adminPasswordKey: admin-password",
    "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\nalways-auth=true\n",
];

const DOCUMENTS: &[&str] = &[
    "Set `OPENAI_API_KEY` to your key, which starts with `sk-proj-`, then run `nemo serve`.",
    "Replace `YOUR_API_KEY` with the token from the dashboard: `curl -H \"Authorization: Bearer YOUR_API_KEY\" https://api.acme.io`.",
    "Tokens look like `ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` (classic) or `github_pat_xxxxxxxxxxxxxxxxxxxxxx_xxxx` (fine-grained).",
    "A Slack token starts with xoxb- or xoxp-; an AWS key id with AKIA, a Google key with AIza, a Stripe key with sk_live_.",
    "The connection string has the form `mongodb+srv://<username>:<password>@<cluster>.mongodb.net/<db>`.",
    "```\n-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n```",
    "Passwords are stored as Argon2id hashes; tokens are rotated every 30 days, secrets never leave the vault.",
    "| Variable | Default |\n|---|---|\n| `API_TOKEN` | none |\n| `JWT_SECRET` | generated at start |",
    "See https://docs.acme.io/authentication/api-keys#create-a-new-secret-key-for-your-project for details.",
];

const TALK: &[&str] = &[
    "Can you explain the difference between an API key and a bearer token? My colleague says a token is a secret key that expires.",
    "My password manager says my password was leaked, what should I do first? Change it, I guess.",
    "Write a haiku about a lost key and the secret it kept.",
    "What is the token limit of claude-3-5-sonnet-20241022 and gpt-4o-2024-08-06?",
    "The key takeaway from the 2024-Q3 report: basic authentication was retired, bearer bonds were not.",
    "I ran `kubectl get secret postgres-credentials-7d9f8b6c5d -o yaml` and got an error, why?",
    "Order 2024-118-553-AXQ is late, my tracking number is 1Z999AA10123456784 and the PIN is secret, of course.",
    "Please summarise: basic economics tells us that the token economy of 2021 was secretly driven by stimulus checks.",
];

const LICENCES: &[&str] = &[
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the \"Software\"), to deal in the Software without restriction.",
    "Licensed under the Apache License, Version 2.0 (the \"License\"); you may not use this file except in compliance with the License.",
];
