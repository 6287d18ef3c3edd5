//! Package registries and artefact stores.

use super::super::rule::Rule;
use super::shape::{near, token, uuid};

pub(super) const RULES: &[Rule] = &[
    token!("npm-token", ["npm_"], "npm_[A-Za-z0-9]{36}", super::encoded::npm),
    token!(
        "npm-old-token",
        ["_authtoken"],
        concat!("_authToken[ \t]{0,4}=[ \t\"']{0,4}(?P<v>", uuid!(), ")"),
        super::check::anywhere
    ),
    token!(
        "npm-basic-auth",
        ["_auth"],
        "_auth[ \t]{0,4}=[ \t\"']{0,4}(?P<v>[A-Za-z0-9+/]{16,200}={0,2})",
        super::check::anywhere
    ),
    token!("pypi-token", ["pypi-"], "pypi-(?:Ag[A-Za-z0-9_-]{50,1000}|[A-Za-z0-9_-]{140,255})"),
    token!("packagist-token", ["packagist_"], "packagist_[a-z]{3}_[0-9a-f]{28,96}"),
    token!("rubygems-key", ["rubygems_"], "rubygems_[0-9a-f]{48}"),
    token!("crates-io-token", ["cio"], "cio[A-Za-z0-9]{32}", super::check::random_token),
    token!("nuget-key", ["oy2"], "oy2[a-z0-9]{43}"),
    token!("clojars-token", ["clojars_"], "CLOJARS_[0-9a-z]{60}"),
    token!("docker-hub-token", ["dckr_pat_", "dckr_oat_"], "dckr_[po]at_[A-Za-z0-9_-]{27,36}"),
    token!("docker-swarm-token", ["swmtkn-1-"], "SWMTKN-1-[0-9a-z]{50,60}-[0-9a-z]{24,30}"),
    token!("docker-swarm-key", ["swmkey-1-"], "SWMKEY-1-[A-Za-z0-9+/]{40,50}"),
    token!(
        "docker-config-auth",
        ["auths"],
        r#""auth"\s{0,4}:\s{0,4}"(?P<v>[A-Za-z0-9+/]{12,400}={0,2})""#,
        super::encoded::basic
    ),
    near!("docker-hub-password", ["dockerhub", "docker_hub", "docker-hub"], uuid!()),
    token!("jfrog-key", ["akcp"], "AKCp[A-Za-z0-9]{60,75}", super::check::random_token),
    token!("jfrog-reference-token", ["cmvmd"], "cmVmd[A-Za-z0-9_-]{59}", super::check::random_token),
    near!("jfrog-plain-key", ["jfrog", "artifactory", "bintray", "xray"], "[A-Za-z0-9]{64,73}"),
    token!("cloudsmith-key", ["csa_"], "csa_[0-9a-f]{30}[A-Za-z0-9]{6}"),
    near!("cloudsmith-hex-key", ["cloudsmith"], "[0-9a-f]{40}"),
    near!("packagecloud-token", ["packagecloud"], "[0-9a-f]{48}"),
    near!("gemfury-token", ["gemfury", "fury.io"], "[A-Za-z0-9-]{20,32}"),
    near!("nexus-token", ["nexus"], "[A-Za-z0-9+/]{8}:[A-Za-z0-9+/_-]{44}"),
    near!("hex-pm-key", ["hex_api", "hex.pm"], "[0-9a-f]{32}"),
    near!("anaconda-token", ["anaconda"], concat!("(?:[a-z]{2}-", uuid!(), "|", uuid!(), ")")),
    near!("libraries-io-key", ["libraries.io", "librariesio", "libraries_io"], "[0-9a-f]{32}"),
    near!("sidekiq-credential", ["contribsys"], "[0-9a-f]{8}:[0-9a-f]{8}", super::check::near_plain),
    token!(
        "nuget-config-password",
        ["password"],
        r#"(?i-u:<add\s{1,4}key=\\?"(?:ClearText)?Password\\?"\s{1,4}value=\\?")(?P<v>[^"\\\r\n]{6,200})"#,
        super::password::password
    ),
    near!("maven-central-token", ["ossrh", "sonatype"], "[A-Za-z0-9+/]{44}"),
];
