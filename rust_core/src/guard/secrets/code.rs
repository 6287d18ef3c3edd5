//! Where code is kept, built and checked.

use super::super::rule::Rule;
use super::shape::{near, token, uuid};

pub(super) const RULES: &[Rule] = &[
    token!(
        "github-token",
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        "gh[pousr]_[A-Za-z0-9]{36,255}",
        super::encoded::github
    ),
    token!(
        "github-fine-grained-token",
        ["github_pat_"],
        "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        super::encoded::github
    ),
    token!("github-loose-token", ["github_pat_"], "github_pat_[A-Za-z0-9_]{36,255}"),
    token!("github-app-jwt", ["ghs_"], r"ghs_[0-9]{1,20}_eyJ[A-Za-z0-9_-]{15,600}(?:\.[A-Za-z0-9_-]{0,800}){2,4}"),
    near!("github-old-token", ["github", "gh_token"], "[0-9a-f]{40}", super::check::near_named),
    token!(
        "gitlab-token",
        [
            "glpat-", "gldt-", "glrt-", "glrtr-", "glptt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-",
            "glffct-", "glcbt-", "glwt-"
        ],
        r"gl(?:pat|dt|rt|rtr|ptt|ft|imt|agent|oas|soat|ffct|cbt|wt)-[A-Za-z0-9_-]{20,300}(?:\.[A-Za-z0-9_-]{2,16}){0,2}"
    ),
    token!("gitlab-runner-registration-token", ["gr1348941"], "GR1348941[A-Za-z0-9_-]{20,64}"),
    token!("gitlab-session", ["_gitlab_session="], "_gitlab_session=[0-9a-z]{32}"),
    token!(
        "gitlab-mail-token",
        ["incoming+"],
        r"incoming\+[A-Za-z0-9._-]{1,80}-[0-9]{1,12}-(?P<v>[A-Za-z0-9_-]{20,30})-(?:issue|merge-request)",
        super::check::anywhere
    ),
    near!("gitlab-old-token", ["gitlab"], "[A-Za-z0-9_-]{20}"),
    token!("bitbucket-app-password", ["atbb"], "ATBB[A-Za-z0-9]{24}[A-F0-9]{8}"),
    token!("bitbucket-access-token", ["atctt3"], r"ATCTT3[A-Za-z0-9_-]{80,400}(?:\\?=|%3[dD]|\\u003[dD])[A-F0-9]{8}"),
    token!("bitbucket-server-token", ["bbdc-"], "BBDC-[A-Za-z0-9+/=_-]{32,100}"),
    near!("bitbucket-client-id", ["bitbucket"], "[A-Za-z0-9]{32}"),
    near!("bitbucket-client-secret", ["bitbucket"], "[A-Za-z0-9=_-]{64}"),
    token!(
        "atlassian-token",
        ["atat"],
        r"ATAT[A-Za-z0-9_-]{80,250}(?:\\=|%3[dD]|\\u003[dD])[A-F0-9]{8}|ATAT[A-Za-z0-9=_-]{89,260}"
    ),
    near!("atlassian-old-token", ["atlassian", "jira", "confluence", "atlasian"], "[A-Za-z0-9]{24}"),
    near!("atlassian-server-token", ["atlassian", "jira", "confluence"], "[MNO][A-Za-z0-9+/]{43}"),
    token!(
        "gitea-token",
        ["gitea"],
        r#"(?i-u:gitea)(?s-u:.{0,48}?)["'`=:>(,|\[\s](?P<v>[0-9a-f]{40})"#,
        super::check::near
    ),
    near!("azure-repos-password", ["dev.azure.com"], "[a-z2-7]{52}"),
    token!("sourcegraph-token", ["sgp_"], "sgp_(?:[0-9a-fA-F]{16}_|local_)?[0-9a-fA-F]{40}"),
    near!("sourcegraph-old-token", ["sourcegraph"], "[0-9a-fA-F]{40}"),
    token!(
        "sourcegraph-cody-token",
        ["slk_", "sgph_"],
        "(?:slk_[0-9a-f]{64}|sgph_(?:[0-9a-f]{16}|local)_[0-9a-f]{40})"
    ),
    token!("circleci-token", ["ccipat_", "cciprj_"], "CCI(?:PAT|PRJ)_[A-Za-z0-9]{22}_[0-9a-z]{40}"),
    near!("circleci-old-token", ["circle"], "[0-9a-f]{40}"),
    near!("travis-token", ["travis"], "[A-Za-z0-9_-]{22}"),
    token!(
        "buildkite-token",
        ["bkua_", "bkaa_", "bkaj_", "bkar_", "bkct_", "bkpt_", "bkpat_", "bkps_"],
        "bk(?:ua|aa|aj|ar|ct|pt|pat|ps)_[A-Za-z0-9_-]{40,340}"
    ),
    near!("buildkite-old-token", ["buildkite"], "[0-9a-z]{40}"),
    near!("drone-token", ["drone"], "[A-Za-z0-9]{32}"),
    near!("jenkins-token", ["jenkins"], "(?:11)?[0-9a-f]{32,34}"),
    near!("jenkins-crumb", ["jenkins-crumb"], "[0-9a-f]{32,64}"),
    near!("teamcity-token", ["teamcity"], r"eyJ0eXAiOiAiVENWMiJ9\.[A-Za-z0-9_-]{36}\.[A-Za-z0-9+/=_-]{48,400}"),
    near!("bitrise-token", ["bitrise"], "[A-Za-z0-9_-]{60,120}"),
    near!("appveyor-token", ["appveyor"], "(?:v2\\.)?[A-Za-z0-9]{20}"),
    near!("codecov-token", ["codecov"], "[A-Za-z0-9-]{32,36}"),
    near!("codacy-token", ["codacy"], "[A-Za-z0-9]{20,32}"),
    near!("codeclimate-token", ["codeclimate", "code_climate", "cc_test_reporter"], "[0-9a-f]{40,64}"),
    near!("coveralls-token", ["coveralls"], "[A-Za-z0-9-]{32,37}"),
    token!("sonar-token", ["squ_", "sqp_", "sqa_"], "sq[upa]_[0-9a-f]{40}"),
    near!("sonar-old-token", ["sonar"], "[0-9a-z]{40}"),
    near!("snyk-token", ["snyk"], uuid!()),
    token!("snyk-scoped-token", ["snyk_uat.", "snyk_sat."], r"snyk_[us]at\.[A-Za-z0-9]{8}\.[A-Za-z0-9_.-]{40,300}"),
    near!("deepsource-token", ["deepsource"], "(?:dsp_)?[A-Za-z0-9]{36,40}"),
    token!(
        "semgrep-token",
        ["semgrep"],
        r#"(?i-u:semgrep)(?s-u:.{0,48}?)["'`=:>(,|\[\s](?P<v>[0-9a-f]{64})"#,
        super::check::near
    ),
    token!("harness-token", ["pat.", "sat."], r"[ps]at\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}"),
    token!("octopus-key", ["api-"], "API-[A-Z0-9]{25,30}", super::check::random_token),
    near!("gitguardian-plain-key", ["gitguardian"], "[A-Za-z0-9]{71}"),
    token!("infracost-key", ["ico-"], "ico-[A-Za-z0-9]{32}", super::check::random_token),
    near!("expo-token", ["expo_token", "expo-token", "expo token", "expo.dev"], "[A-Za-z0-9_-]{40}"),
    token!("postman-key", ["pmak-"], "PMAK-[0-9a-fA-F]{24}-[0-9a-fA-F]{34}"),
    token!("postman-collection-key", ["pmat-"], "PMAT-[0-9A-Za-z]{26}"),
    near!("percy-token", ["percy"], "[0-9a-f]{64}"),
    near!("browserstack-key", ["browserstack"], "[A-Za-z0-9]{20}"),
    near!("saucelabs-key", ["saucelabs", "sauce_"], uuid!()),
    near!("lambdatest-key", ["lambdatest"], "[A-Za-z0-9]{50}"),
    near!("launchdarkly-key", ["launchdarkly", "launch_darkly"], "[A-Za-z0-9=_-]{40}"),
    token!("launchdarkly-sdk-key", ["sdk-", "mob-", "api-"], concat!("(?:sdk|mob|api)-", uuid!())),
    token!("configcat-key", ["configcat-sdk-1/"], "configcat-sdk-1/[A-Za-z0-9_-]{22}/[A-Za-z0-9_-]{22}"),
    near!("configcat-old-key", ["configcat"], "[A-Za-z0-9_-]{22}/[A-Za-z0-9_-]{22}"),
    token!(
        "devcycle-key",
        ["dvc_server_", "dvc_client_", "dvc_mobile_"],
        "dvc_(?:server|client|mobile)_[A-Za-z0-9_]{8,60}"
    ),
    near!("split-key", ["split_"], "[a-z0-9]{36}"),
    near!("statsig-key", ["statsig"], "secret-[A-Za-z0-9]{40,48}"),
    token!("gitpod-token", ["gitpod_pat_"], "gitpod_pat_[A-Za-z0-9_-]{22}[A-Za-z0-9_.-]{20,80}"),
    token!("deno-token", ["ddp_", "ddw_", "ddo_"], "dd[pwo]_[A-Za-z0-9]{36}"),
    token!("val-town-token", ["vtwn_"], "vtwn_[A-Za-z0-9_-]{20,80}"),
    token!("mergify-key", ["mergify_application_key_"], "mergify_application_key_[A-Za-z0-9_-]{40,200}"),
    token!("ionic-token", ["ion_"], "ion_[A-Za-z0-9]{42}"),
    token!("depot-token", ["depot_"], "depot_(?:project|org|user)?_?[0-9a-f]{48,70}"),
];
