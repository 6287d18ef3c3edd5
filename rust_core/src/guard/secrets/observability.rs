//! Metrics, logs, errors, alerts and analytics.

use super::super::rule::Rule;
use super::shape::{near, token, uuid, webhook};

pub(super) const RULES: &[Rule] = &[
    near!("datadog-key", ["datadog", "dd_api", "dd-api", "ddapi"], "[0-9a-z]{32}"),
    near!("datadog-app-key", ["datadog", "dd_app", "dd-app", "ddapp"], "[0-9A-Za-z-]{40}"),
    token!("datadog-public-key", ["ddapp_", "ddpat_"], "dd(?:app|pat)_[A-Za-z0-9_-]{30,64}"),
    token!("new-relic-key", ["nrak-"], "NRAK-[A-Za-z0-9]{27}"),
    token!("new-relic-insert-key", ["nrii-", "nriq-"], "NRI[IQ]-[A-Za-z0-9_-]{25,32}"),
    token!("new-relic-browser-key", ["nrjs-", "nrbr-"], "NR(?:JS|BR)-[0-9a-z]{19,20}"),
    token!("new-relic-licence-key", ["nral"], "[0-9a-f]{36}NRAL"),
    near!(
        "new-relic-licence",
        ["newrelic", "new_relic", "new-relic", "new relic"],
        "(?:eu01xx)?[0-9a-f]{34,40}(?:NRAL)?"
    ),
    near!("new-relic-id", ["newrelic", "new_relic", "new-relic"], "[A-Za-z0-9]{64}"),
    webhook!(
        "sentry-dsn",
        ["sentry", "ingest.", "dsn"],
        r"https?://[0-9a-f]{32}(?::[0-9a-f]{32})?@[a-z0-9.-]{1,80}/[0-9]{1,20}"
    ),
    token!("sentry-org-token", ["sntrys_"], "sntrys_[A-Za-z0-9+/=_-]{60,500}"),
    token!("sentry-user-token", ["sntryu_"], "sntryu_[0-9a-f]{64}"),
    near!("sentry-old-token", ["sentry"], "[0-9a-f]{64}"),
    token!("grafana-key", ["eyjrijoi"], "eyJrIjoi[A-Za-z0-9+/_-]{40,400}={0,3}"),
    token!("grafana-cloud-token", ["glc_"], "glc_[A-Za-z0-9+/_-]{32,400}={0,3}"),
    token!("grafana-service-token", ["glsa_"], "glsa_[A-Za-z0-9_-]{32}_[0-9A-Fa-f]{8}"),
    token!(
        "honeycomb-ingest-key",
        ["hcaik_", "hcaic_", "hcxik_", "hcxic_", "hcbik_", "hcbic_"],
        "hc[axb]i[kc]_[0-9a-z]{58}"
    ),
    near!("honeycomb-key", ["honeycomb", "x-honeycomb-team"], "(?:[0-9a-f]{32}|[A-Za-z0-9]{22})"),
    token!("dynatrace-token", ["dt0c01.", "dt0s0", "dt0"], r"dt0[a-z][0-9]{2}\.[A-Za-z0-9]{8,24}\.[A-Za-z0-9]{64}"),
    near!(
        "pagerduty-key",
        ["pagerduty", "pager_duty", "pager-duty", "pd_"],
        r"(?:[uy]\+?[A-Za-z0-9_+-]{18,19}|[0-9a-f]{32}|[A-Za-z0-9+_-]{20})"
    ),
    near!("opsgenie-key", ["opsgenie"], uuid!()),
    near!("victorops-key", ["victorops", "splunk"], concat!("(?:", uuid!(), "|[A-Za-z0-9]{22})")),
    near!("sumo-access-id", ["sumo"], "su[A-Za-z0-9]{12}"),
    near!("sumo-access-key", ["sumo"], "[A-Za-z0-9]{64}"),
    near!("logz-token", ["logz"], "[A-Za-z]{32}", super::check::near_plain),
    near!("logz-uuid-token", ["logz"], uuid!()),
    near!("loggly-token", ["loggly"], uuid!()),
    near!("logdna-key", ["logdna", "mezmo"], "[0-9a-f]{32}"),
    near!("papertrail-token", ["papertrail"], "[A-Za-z0-9]{18,20}"),
    near!("logentries-token", ["logentries", "rapid7", "insightops"], uuid!()),
    near!("better-stack-token", ["logtail", "betterstack", "betteruptime"], "[A-Za-z0-9]{24}"),
    near!("bugsnag-key", ["bugsnag"], "[0-9a-f]{32}"),
    near!("rollbar-token", ["rollbar"], "[0-9a-f]{32}"),
    near!("airbrake-key", ["airbrake"], "[0-9a-f]{32,40}"),
    near!("raygun-key", ["raygun"], "[A-Za-z0-9+/]{22}=="),
    near!("honeybadger-key", ["honeybadger"], "(?:hbp_)?[A-Za-z0-9]{20,40}"),
    near!("appsignal-key", ["appsignal"], uuid!()),
    near!("scout-key", ["scout_key", "scoutapm", "scout_apm"], "[A-Za-z0-9]{20,40}"),
    near!("librato-token", ["librato"], "[0-9a-f]{64}"),
    near!("instana-key", ["instana"], "[A-Za-z0-9_-]{16,24}"),
    near!("lightstep-token", ["lightstep"], "[A-Za-z0-9/+_=-]{40,120}"),
    near!("coralogix-key", ["coralogix"], concat!("(?:cx[a-z]{2}_[A-Za-z0-9]{30}|", uuid!(), ")")),
    near!("axiom-token", ["axiom"], concat!("xa[api]t-", uuid!())),
    near!("uptimerobot-key", ["uptimerobot", "uptime_robot"], "[um][0-9]{6,9}-(?:[0-9]{6,9}-)?[0-9a-f]{24}"),
    near!("pingdom-token", ["pingdom"], "[A-Za-z0-9_-]{80}"),
    near!("statuspage-key", ["statuspage"], uuid!()),
    near!("statuscake-key", ["statuscake"], "[A-Za-z0-9]{20,32}"),
    near!("cronitor-key", ["cronitor"], "[0-9a-f]{32}"),
    token!("rootly-key", ["rootly_"], "rootly_[0-9a-f]{64}"),
    token!("posthog-personal-key", ["phx_", "phs_", "pha_", "phr_"], "ph[xsar]_[A-Za-z0-9_-]{32,60}"),
    token!("posthog-project-key", ["phc_"], "phc_[A-Za-z0-9_-]{40,60}"),
    near!("amplitude-key", ["amplitude"], "[0-9a-f]{32}"),
    near!("mixpanel-key", ["mixpanel"], r"(?:[0-9a-f]{32}|[A-Za-z0-9_.-]{30,40})"),
    near!(
        "segment-key",
        ["segment_", "segment.io", "segment-", "segment write", "segment api"],
        r"(?:[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}|[A-Za-z0-9]{32})"
    ),
    token!("segment-public-key", ["sgp_"], "sgp_[A-Za-z0-9]{64}"),
    near!("heap-key", ["heap_api", "heapanalytics", "heap.io"], "[A-Za-z0-9]{24,40}"),
    near!("fullstory-key", ["fullstory", "fs_api"], r"(?:na1|eu1)\.[A-Za-z0-9+/]{20,100}={0,2}"),
    near!("rudderstack-key", ["rudderstack"], "[A-Za-z0-9]{27}"),
    near!(
        "branch-key",
        ["branch_", "branch.io", "branchio", "branch-key", "branch key"],
        "(?:key|secret)_(?:live|test)_[A-Za-z0-9]{32}"
    ),
    near!("adjust-token", ["adjust_"], "[A-Za-z0-9]{20,32}"),
    near!("appsflyer-key", ["appsflyer"], "[A-Za-z0-9_-]{20,26}"),
    near!("tinybird-token", ["tinybird"], r"p\.eyJ[A-Za-z0-9_.-]{60,300}"),
    near!("ipinfo-token", ["ipinfo"], "[0-9a-f]{14}"),
];
