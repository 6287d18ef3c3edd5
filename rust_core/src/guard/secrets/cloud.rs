//! Clouds, hosting and what is deployed there.

use super::super::rule::Rule;
use super::shape::{near, token, uuid};

pub(super) const RULES: &[Rule] = &[
    token!(
        "aws-access-key-id",
        ["akia", "asia", "abia", "acca", "a3t"],
        "(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
        super::check::aws_id
    ),
    near!(
        "aws-secret-key",
        ["aws", "amazon", "secret", "access_key", "accesskey", "akia", "asia"],
        "[A-Za-z0-9/+]{40}",
        super::check::aws_secret
    ),
    near!(
        "aws-session-token",
        ["session_token", "sessiontoken", "security_token", "security-token", "securitytoken"],
        "[A-Za-z0-9/+=]{100,2000}"
    ),
    token!(
        "aws-session-token-bare",
        ["fwogzxivyxdze", "iqojb3jpz2lux2vj"],
        "(?:FwoGZXIvYXdzE|IQoJb3JpZ2luX2Vj)[A-Za-z0-9/+%]{100,2000}={0,2}"
    ),
    token!("aws-mws-key", ["amzn.mws."], r"amzn\.mws\.[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}"),
    token!("aws-appsync-key", ["da2-"], "da2-[a-z0-9]{26}"),
    token!("amazon-oauth-secret", ["amzn1.oa2-cs."], r"amzn1\.oa2-cs\.v1\.[0-9a-f]{64}"),
    token!("gcp-oauth-secret", ["gocspx-"], "GOCSPX-[A-Za-z0-9_-]{28}"),
    token!("gcp-oauth-token", ["ya29."], r"ya29\.[A-Za-z0-9_-]{20,2000}"),
    token!("gcp-oauth-refresh-token", ["1//0"], "1//0[A-Za-z0-9_-]{40,500}"),
    near!("gcp-oauth-old-secret", ["googleusercontent"], "[A-Za-z0-9_-]{24}"),
    near!("gcp-private-key-id", ["private_key_id"], "[0-9a-f]{40}"),
    token!("gcp-hmac-key", ["goog1"], "GOOG1[A-Z0-9]{50,60}"),
    near!("gcp-captcha-secret", ["captcha"], "6L[A-Za-z0-9_-]{38}"),
    token!("fcm-server-key", ["aaaa"], "AAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{140}"),
    near!(
        "azure-storage-key",
        ["accountkey", "account_key", "account-key", "storage", "azure", "sharedkey", "shared_key"],
        "[A-Za-z0-9+/]{86}=="
    ),
    token!(
        "azure-shared-access-key",
        ["sharedaccesskey="],
        r"(?i-u:(?:Endpoint=[a-z]{2,8}://[^;\s]{1,120};|HostName=[^;\s]{1,120};)?(?:SharedAccessKeyName=[^;=\s]{1,128};)?SharedAccessKey)=[A-Za-z0-9+/]{32,100}={0,2}(?:;EntityPath=[!-~&&[^;'\x22<>`]]{1,128})?",
        super::check::anywhere
    ),
    token!(
        "azure-sas-signature",
        ["sig="],
        r"[?&;]sig=(?P<v>[A-Za-z0-9%+/]{42,60}(?:%3[dD]|=){1,2})",
        super::check::sas
    ),
    token!(
        "azure-annotated-key",
        ["jqqj99", "jqqj9d", "jqqj9h"],
        "[A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9]{26}(?:[A-Za-z0-9=]{4})?"
    ),
    token!(
        "azure-long-platform-key",
        ["apim", "acdb", "+aba", "+amc", "+ast"],
        r"[A-Za-z0-9+/]{76}(?:APIM|ACDb|\+ABa|\+AMC|\+ASt)[A-Za-z0-9+/]{5}[AQgw]==",
        super::check::random_token
    ),
    token!(
        "azure-platform-key",
        ["aiot", "+asb", "+aeh", "+arm", "azca", "azeg"],
        r"[A-Za-z0-9+/]{33}(?:AIoT|\+ASb|\+AEh|\+ARm|AzCa|AZEG)[A-P][A-Za-z0-9+/]{5}=",
        super::check::random_token
    ),
    token!(
        "azure-service-key",
        ["azse", "+acr", "azfu"],
        r"[A-Za-z0-9+/]{42}(?:(?:AzSe|\+ACR)[A-D][A-Za-z0-9+/]{5}|[A-Za-z0-9+/]{2}AzFu[A-Za-z0-9+/]{5}[AQgw]==)",
        super::check::random_token
    ),
    token!(
        "azure-client-secret",
        ["0q~", "1q~", "2q~", "3q~", "4q~", "5q~", "6q~", "7q~", "8q~", "9q~"],
        "[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}"
    ),
    near!(
        "azure-old-client-secret",
        ["client_secret", "clientsecret", "client-secret", "azure"],
        r"[A-Za-z0-9_~.?/\[\]@:=+*-]{32,44}",
        super::check::azure_old_secret
    ),
    near!(
        "azure-subscription-key",
        ["ocp-apim", "subscription-key", "subscription_key", "subscriptionkey", "cognitive", "azure"],
        "[0-9a-f]{32}"
    ),
    token!(
        "azure-app-config",
        ["azconfig.io"],
        r"(?i-u:Endpoint=https://[a-z0-9-]{1,64}\.azconfig\.io;Id=[^;\s'\x22]{4,80};Secret=)[A-Za-z0-9+/]{36,100}={0,2}",
        super::check::anywhere
    ),
    near!("azure-devops-token", ["azure", "devops", "visualstudio", "ado_", "vsts"], "[a-z2-7]{52}"),
    near!(
        "azure-function-key",
        ["azurewebsites", "functions-key", "function_key", "functionkey"],
        "[A-Za-z0-9_/-]{52,56}={0,2}"
    ),
    near!("azure-search-key", ["search.windows", "azure_search", "azuresearch", "azure-search"], "[A-Za-z0-9]{32,52}"),
    near!("azure-batch-key", ["azure_batch", "cosmos", "documents.azure", "batch.azure"], "[A-Za-z0-9+/]{86}=="),
    token!("digitalocean-token", ["dop_v1_", "doo_v1_", "dor_v1_", "dos_v1_"], "do[oprs]_v1_[0-9a-f]{64}"),
    near!("digitalocean-old-token", ["digitalocean", "digital_ocean", "do_token"], "[0-9a-f]{64}"),
    near!("digitalocean-spaces-key", ["spaces"], "DO00[A-Z0-9]{16}"),
    token!("alibaba-access-key-id", ["ltai"], "LTAI[A-Za-z0-9]{12,21}"),
    near!("alibaba-secret-key", ["alibaba", "aliyun", "alicloud", "ltai", "oss_access"], "[A-Za-z0-9]{30,64}"),
    token!("alibaba-temporary-id", ["sts."], r"STS\.[A-Za-z0-9]{16,64}", super::check::random_token),
    token!("alibaba-temporary-token", ["cais"], "CAIS[A-Za-z0-9+/_-]{60,1000}={0,2}", super::check::random_token),
    token!("tencent-secret-id", ["akid"], "AKID[A-Za-z0-9]{28,40}", super::check::random_token),
    near!("tencent-secret-key", ["tencent", "qcloud", "akid"], "[A-Za-z0-9]{32}"),
    near!("huawei-secret-key", ["huawei", "hwcloud"], "[A-Za-z0-9]{40}"),
    near!("baidu-secret-key", ["baidu", "qianfan"], "[A-Za-z0-9]{32}"),
    near!("oracle-api-key", ["oracle", "oci_"], "(?:[0-9a-f]{2}:){15}[0-9a-f]{2}", super::check::near_plain),
    near!("ibm-cloud-key", ["ibm", "bluemix", "bx_api", "watson"], "[A-Za-z0-9_-]{42,44}"),
    near!("ibm-cos-hmac-secret", ["cos_hmac", "secret_access_key"], "[0-9a-f]{48}"),
    near!("linode-token", ["linode"], "[0-9a-f]{64}"),
    near!("vultr-key", ["vultr"], "[A-Z0-9]{36}"),
    near!("vultr-hex-key", ["vultr"], "[0-9a-f]{36}"),
    near!("hetzner-token", ["hetzner", "hcloud"], "[A-Za-z0-9]{64}"),
    near!("scaleway-key", ["scaleway", "scw_"], concat!("(?:SCW[A-Z0-9]{17}|", uuid!(), ")")),
    token!("exoscale-key", ["exo"], "EXO[A-Za-z0-9]{24,30}", super::check::random_token),
    near!("exoscale-secret", ["exoscale"], "[A-Za-z0-9_-]{40,60}"),
    near!("ovh-key", ["ovh", "application_secret", "consumer_key", "application-secret"], "[A-Za-z0-9]{32}"),
    token!("upcloud-token", ["ucat_"], "ucat_[A-Za-z0-9]{24,32}"),
    near!("civo-key", ["civo"], "[A-Za-z0-9]{50}"),
    near!("contabo-secret", ["contabo"], "[A-Za-z0-9]{32}"),
    near!("gridscale-token", ["gridscale"], "[0-9a-f]{64}"),
    near!("infomaniak-token", ["infomaniak"], "[A-Za-z0-9_-]{60,100}"),
    near!("cloudflare-key", ["cloudflare", "cf_api", "x-auth-key"], "[A-Za-z0-9_-]{40}"),
    near!("cloudflare-global-key", ["cloudflare", "cf_api", "x-auth-key"], "[0-9a-f]{37}"),
    token!("cloudflare-token", ["cfat_", "cfut_", "cfk_"], "cf(?:at|ut|k)_[A-Za-z0-9]{40}[0-9a-f]{8}"),
    token!("cloudflare-origin-key", ["v1.0-"], r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}"),
    near!("fastly-token", ["fastly"], "[A-Za-z0-9_-]{32}"),
    token!("akamai-token", ["akab-"], "akab-[a-z0-9]{16}-[a-z0-9]{16}"),
    near!("akamai-secret", ["akamai", "akab-"], "[A-Za-z0-9+/]{43}="),
    near!("bunny-key", ["bunnycdn", "bunny_net", "bunny.net"], concat!(uuid!(), "(?:", uuid!(), ")?")),
    token!("heroku-key", ["hrku-"], concat!("HRKU-(?:[A-Za-z0-9_-]{60}|(?i-u:", uuid!(), "))")),
    near!("heroku-uuid-key", ["heroku"], concat!("(?i-u:", uuid!(), ")")),
    token!("vercel-token", ["vcp_", "vca_", "vcr_", "vci_"], "vc[apri]_[A-Za-z0-9_-]{50,64}"),
    near!("vercel-old-token", ["vercel", "zeit"], "[A-Za-z0-9]{24}"),
    token!("netlify-token", ["nfp_", "nfc_", "nfo_", "nfu_", "nfb_"], "nf[pcoub]_[A-Za-z0-9]{36}"),
    near!("netlify-old-token", ["netlify"], "[A-Za-z0-9_=-]{40,64}"),
    token!("fly-token", ["fo1_"], "fo1_[A-Za-z0-9_-]{43}"),
    token!("fly-macaroon", ["fm1a_", "fm1r_", "fm2_"], "fm(?:1[ar]|2)_[A-Za-z0-9+/]{100,2000}={0,3}"),
    token!("fly-v1-token", ["flyv1"], "FlyV1 [A-Za-z0-9=_,/+-]{100,2000}"),
    token!("render-key", ["rnd_"], "rnd_[A-Za-z0-9]{28,32}"),
    near!("railway-token", ["railway"], uuid!()),
    token!("scalingo-token", ["tk-us-"], "tk-us-[A-Za-z0-9_-]{48}"),
    token!("supabase-token", ["sbp_"], "sbp_(?:v0_)?[0-9a-z_-]{40}"),
    token!("supabase-secret-key", ["sb_secret_"], "sb_secret_[A-Za-z0-9_-]{31,40}"),
    token!("neon-key", ["napi_"], "napi_[A-Za-z0-9]{64}"),
    token!("planetscale-credential", ["pscale_"], r"pscale_(?:tkn|oauth|pw)_[A-Za-z0-9=_.-]{32,64}"),
    token!("mongodb-atlas-secret", ["mdb_sa_sk_"], "mdb_sa_sk_[A-Za-z0-9_-]{40}"),
    near!("mongodb-atlas-key", ["atlas"], uuid!()),
    token!("astra-token", ["astracs:"], "AstraCS:[A-Za-z0-9:%]{20,120}"),
    token!("cockroach-key", ["ccdb1_"], "CCDB1_[A-Za-z0-9]{22}_[A-Za-z0-9]{40}"),
    token!("clickhouse-key", ["4b1d"], "4b1d[A-Za-z0-9]{38}"),
    near!("aiven-token", ["aiven"], "[A-Za-z0-9/+=]{300,400}"),
    token!("aiven-password", ["avns_"], "AVNS_[A-Za-z0-9_-]{16,24}"),
    near!("upstash-token", ["upstash"], "[A-Za-z0-9+/_-]{32,110}={0,2}"),
    near!("influxdb-token", ["influx"], "[A-Za-z0-9+/_-]{80,120}={0,2}"),
    token!("elastic-cloud-key", ["essu_"], "essu_[A-Za-z0-9_-]{40,200}={0,2}"),
    near!("elastic-key", ["elastic"], "[A-Za-z0-9+/]{40,80}={1,2}"),
    near!("confluent-key", ["confluent"], "[A-Za-z0-9]{16}"),
    near!("confluent-secret", ["confluent"], "[A-Za-z0-9+/]{64}"),
    token!("confluent-cloud-secret", ["cflt"], "cflt[A-Za-z0-9+/]{60}"),
    near!("couchbase-key", ["couchbase", "capella"], "[A-Za-z0-9+/]{60,120}={0,2}"),
    near!("fauna-key", ["fauna"], "fn[A-Za-z0-9_-]{38,42}"),
    token!("snowflake-token", ["ver:1-hint:"], "ver:1-hint:[0-9]{3,20}-[A-Za-z0-9+/=_-]{40,400}"),
    near!("snowflake-pat", ["snowflake"], "[A-Za-z0-9_-]{100,500}"),
    near!("backblaze-key", ["backblaze", "b2_"], "K00[0-9][A-Za-z0-9+/]{27}"),
    near!("wasabi-secret", ["wasabi"], "[A-Za-z0-9/+]{40}"),
    near!("cloudinary-secret", ["cloudinary"], "[A-Za-z0-9_-]{27}"),
    near!("cloudinary-long-secret", ["cloudinary"], "[A-Za-z0-9]{32}"),
    near!("imagekit-key", ["imagekit"], "private_[A-Za-z0-9+/]{27,28}=?"),
];
