//! Vaults, infrastructure as code, networks, identity.

use super::super::rule::Rule;
use super::shape::{near, token, uuid};

pub(super) const RULES: &[Rule] = &[
    token!("vault-token", ["hvs.", "hvb.", "hvr."], r"hv[sbr]\.[A-Za-z0-9_-]{24,300}"),
    near!("vault-old-token", ["vault"], r"s\.[A-Za-z0-9]{24}"),
    near!("vault-role-secret", ["vault", "secret_id", "secretid", "role_id"], uuid!()),
    near!("vault-unseal-key", ["unseal"], "(?:[0-9a-f]{64,66}|[A-Za-z0-9+/]{43,44}=?)"),
    token!("terraform-token", [".atlasv1."], r"[A-Za-z0-9_-]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
    near!(
        "terraform-password",
        ["administrator_login_password", "admin_password"],
        "[A-Za-z0-9=_!@#$%^&*.-]{8,60}",
        super::password::near_password
    ),
    token!("pulumi-token", ["pul-"], "pul-[0-9a-f]{40}"),
    token!(
        "doppler-token",
        ["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit.", "dp.said."],
        r"dp\.(?:pt|st|ct|sa|scim|audit|said)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"
    ),
    near!("infisical-token", ["infisical"], r"st\.[0-9a-f]{24}\.[0-9a-f]{32}\.[0-9a-f]{32}"),
    token!("onepassword-service-token", ["ops_eyj"], "ops_eyJ[A-Za-z0-9+/_-]{160,2000}={0,3}"),
    token!(
        "onepassword-secret-key",
        ["a3-"],
        "A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}"
    ),
    near!(
        "bitwarden-secret",
        ["bitwarden", "bws_"],
        concat!("(?:0\\.", uuid!(), r"\.[A-Za-z0-9]{20,40}:[A-Za-z0-9+/]{22}==|[A-Za-z0-9]{30})")
    ),
    token!("age-secret-key", ["age-secret-key-"], "AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Za-z]{58,80}"),
    near!(
        "wireguard-key",
        ["privatekey", "private_key", "presharedkey", "preshared_key", "wireguard", "wg_"],
        "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
    ),
    token!("tailscale-key", ["tskey-"], "tskey-(?:[a-z]{3,10}-)?[A-Za-z0-9_-]{20,80}"),
    token!("defined-networking-key", ["dnkey-"], "dnkey-[A-Z2-7a-z0-9=_-]{26}-[A-Z2-7a-z0-9=_-]{52}"),
    near!("zerotier-token", ["zerotier"], "[A-Za-z0-9]{32}"),
    near!("ngrok-token", ["ngrok"], "[12][A-Za-z0-9]{26}_[A-Za-z0-9]{17,24}"),
    token!("ngrok-key", ["ak_2", "cr_2"], "(?:ak|cr)_2[A-Za-z0-9]{26,30}"),
    token!("openshift-token", ["sha256~"], "sha256~[A-Za-z0-9_-]{43}"),
    near!("kubernetes-bootstrap-token", ["kubeadm", "bootstrap"], r"[a-z0-9]{6}\.[a-z0-9]{16}"),
    token!(
        "kubernetes-secret-data",
        ["kind: secret", "kind:secret", "\"secret\"", "kind: \"secret"],
        r#"(?i-u:kind["']?:[ \t]{0,8}["']?secret\b)(?s-u:.{0,800}?)(?-u:\b)data["']?:[\s{]{0,40}(?P<v>(?:["']?[A-Za-z0-9_.-]{1,80}["']?:[ \t]{0,8}["']?[A-Za-z0-9+/]{8,280}={0,2}["']?,?\s{0,4}){1,8})"#,
        super::check::anywhere
    ),
    token!(
        "ansible-vault",
        ["$ansible_vault;"],
        r"\$ANSIBLE_VAULT;1\.[0-9];AES256[;A-Za-z0-9._-]{0,40}[ \t\r\n\\]{1,8}[0-9a-f \t\r\n\\]{80,3900}",
        super::check::anywhere
    ),
    token!(
        "chef-key",
        ["chef"],
        r#"(?i-u:chef)(?s-u:.{0,48}?)["'`=:>(,|\[\s](?P<v>[A-Za-z0-9+/]{43}=)"#,
        super::check::near
    ),
    near!("nkey-seed", ["nats", "nkey", "seed"], "S[ACNOPUX][A-Z2-7]{56}"),
    near!("okta-token", ["okta"], "00[A-Za-z0-9_-]{40}"),
    near!("auth0-secret", ["auth0"], "[A-Za-z0-9_-]{64,128}"),
    near!("onelogin-secret", ["onelogin"], "[0-9a-f]{64}"),
    token!(
        "clerk-key",
        ["clerk"],
        r#"(?i-u:clerk)(?s-u:.{0,48}?)["'`=:>(,|\[\s](?P<v>sk_(?:test|live)_[A-Za-z0-9]{32,60})"#,
        super::check::near
    ),
    near!("stytch-secret", ["stytch"], "secret-(?:test|live)-[A-Za-z0-9_=-]{36,60}"),
    near!("workos-key", ["workos"], "sk_(?:live|test)_[A-Za-z0-9+/]{40,80}={0,2}"),
    near!("duo-secret", ["duo_"], "[A-Za-z0-9]{40}"),
    near!("jumpcloud-key", ["jumpcloud"], "(?:jca_)?[A-Za-z0-9]{36,40}"),
    near!("frontegg-key", ["frontegg"], uuid!()),
    token!(
        "authress-key",
        ["sc_", "ext_", "scauth_", "authress_"],
        r"(?:sc|ext|scauth|authress)_[A-Za-z0-9]{5,30}\.[A-Za-z0-9]{4,6}\.(?:acc|Acc)[_-][A-Za-z0-9-]{10,32}\.[A-Za-z0-9+/_=-]{30,120}"
    ),
    token!(
        "paseto",
        [".local.", ".public."],
        r"v[1-4]\.(?:local|public)\.[A-Za-z0-9_-]{24,1500}(?:\.[A-Za-z0-9_-]{1,400})?"
    ),
    token!("paserk-key", [".secret", ".local"], r"k[1-4]\.(?:local|secret)(?:-pw)?\.[A-Za-z0-9_-]{16,400}"),
    near!("splunk-token", ["splunk", "hec_token"], uuid!()),
    near!("meraki-key", ["meraki"], "[0-9a-f]{40}"),
    near!("shodan-key", ["shodan"], "[A-Za-z0-9]{32}"),
    near!("censys-key", ["censys"], concat!("(?:", uuid!(), "|[A-Za-z0-9]{32}|censys_[A-Za-z0-9_]{20,60})")),
    near!("virustotal-key", ["virustotal", "virus_total", "vt_api"], "[0-9a-f]{64}"),
    near!("abuseipdb-key", ["abuseipdb"], "[0-9a-f]{80}"),
    near!("greynoise-key", ["greynoise"], "[A-Za-z0-9]{64}"),
    near!("hibp-key", ["hibp", "haveibeenpwned"], "[0-9a-f]{32}"),
    near!("urlscan-key", ["urlscan"], uuid!()),
    near!("securitytrails-key", ["securitytrails"], "[A-Za-z0-9]{32}"),
    near!("hunter-key", ["hunter"], "[0-9a-f]{40}"),
    near!("wiz-secret", ["wiz"], "[A-Za-z0-9]{53,64}"),
    token!("aikido-token", ["aik_ci_", "aik_secret_", "aik_client_"], "AIK_(?:CI|SECRET|CLIENT)_[A-Za-z0-9]{20,64}"),
    token!("endor-key", ["endr+"], r"endr\+[A-Za-z0-9-]{16}"),
    near!("crowdstrike-secret", ["crowdstrike", "falcon"], "[A-Za-z0-9]{40}"),
    token!("ntlm-token", ["tlrmtvntuaa"], "TlRMTVNTUAA[BCD]AAAA[A-Za-z0-9+/]{28,800}={0,2}", super::check::anywhere),
    near!("otp-secret", ["otpauth", "totp", "2fa", "mfa_secret", "otp_secret"], "[A-Z2-7]{16,64}", super::check::otp),
    token!(
        "otpauth-url",
        ["otpauth://"],
        "otpauth://[a-z]{3,6}/[!-~&&[^\"'<>?]]{0,200}\\?[!-~&&[^\"'<>]]{0,200}?secret=(?P<v>[A-Za-z2-7]{10,128})",
        super::check::anywhere
    ),
    near!("proxmox-token", ["pveapitoken", "proxmox"], uuid!()),
    near!("ssh-password", ["sshpass"], "[^\\s\"']{4,80}", super::password::password),
    token!(
        "password-hash",
        ["$apr1$", "$2y$", "$2a$", "$2b$", "$6$", "$5$", "$1$", "$argon2"],
        r"\$(?:apr1\$[./A-Za-z0-9]{4,16}\$[./A-Za-z0-9]{22}|2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}|[56]\$(?:rounds=[0-9]{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43,86}|argon2(?:i|d|id)\$v=[0-9]{1,3}\$m=[0-9]{1,9},t=[0-9]{1,4},p=[0-9]{1,4}\$[A-Za-z0-9+/]{8,100}\$[A-Za-z0-9+/]{16,120})",
        super::check::anywhere
    ),
];
