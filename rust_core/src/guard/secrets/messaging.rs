//! Chat, mail, telephony and social networks.

use super::super::rule::Rule;
use super::shape::{near, token, uuid, webhook};

pub(super) const RULES: &[Rule] = &[
    token!(
        "slack-token",
        ["xox"],
        r"xox(?:d-[A-Za-z0-9%/+_=-]{20,400}|[a-z]-[A-Za-z0-9-]{10,400}|e\.xox[bp]-[0-9]{1,10}-[A-Za-z0-9]{100,200})",
        super::check::slack
    ),
    token!("slack-app-token", ["xapp-"], "xapp-[0-9]{1,10}-[A-Za-z0-9-]{20,200}", super::check::slack),
    webhook!(
        "slack-webhook",
        ["hooks.slack"],
        r"(?:https?://)?hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/_-]{20,120}"
    ),
    near!("slack-signing-secret", ["slack"], "[0-9a-f]{32}"),
    token!(
        "discord-bot-token",
        ["discord", "bot_token", "bottoken", "bot token", ".login", "token", "bot ", "key", "secret", "authorization"],
        r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}",
        super::check::discord
    ),
    webhook!(
        "discord-webhook",
        ["/api/webhooks/"],
        r"(?:https?://)?(?:[a-z]{1,8}\.)?discord(?:app)?\.com/api/webhooks/[0-9]{16,22}/[A-Za-z0-9_-]{40,100}"
    ),
    near!("discord-client-secret", ["discord"], "[A-Za-z0-9_-]{32}"),
    near!("discord-public-key", ["discord"], "[0-9a-f]{64}"),
    token!("telegram-bot-token", [":aa"], "[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"),
    near!(
        "telegram-token",
        ["telegr", "tgram", "bot_token", "bottoken", "bot token", "tg_bot"],
        "[0-9]{5,16}:[A-Za-z0-9_-]{34,36}"
    ),
    token!(
        "teams-webhook",
        [".webhook.office.com"],
        r"https://[a-z0-9]{1,64}\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/_-]{80,260}",
        super::check::anywhere
    ),
    webhook!(
        "teams-old-webhook",
        ["outlook.office.com/webhook"],
        r"https://outlook\.office\.com/webhook/[A-Za-z0-9@/-]{60,200}"
    ),
    webhook!(
        "google-chat-webhook",
        ["chat.googleapis.com"],
        r"https://chat\.googleapis\.com/v1/spaces/[A-Za-z0-9_-]{8,20}/messages\?key=[A-Za-z0-9_-]{30,60}&token=[A-Za-z0-9%_=-]{30,80}"
    ),
    webhook!(
        "zapier-webhook",
        ["hooks.zapier.com"],
        r"https://hooks\.zapier\.com/hooks/catch/[0-9]{4,12}/[A-Za-z0-9]{6,20}"
    ),
    webhook!(
        "ifttt-webhook",
        ["maker.ifttt.com"],
        r"https://maker\.ifttt\.com/trigger/[A-Za-z0-9_]{1,60}/(?:json/)?with/key/[A-Za-z0-9_-]{20,60}"
    ),
    webhook!(
        "make-webhook",
        ["make.com", "integromat.com"],
        r"https://hook\.(?:[a-z0-9]{2,4}\.)?(?:make|integromat)\.com/[a-z0-9]{30,40}"
    ),
    webhook!("pipedream-webhook", ["pipedream.net"], r"https://[a-z0-9]{12,20}\.m\.pipedream\.net"),
    webhook!(
        "logic-app-webhook",
        ["logic.azure.com"],
        r"https://[a-z0-9.-]{4,80}\.logic\.azure\.com(?::443)?/workflows/[0-9a-f]{32}/triggers/[A-Za-z0-9_]{1,40}/paths/invoke\?[A-Za-z0-9%&=._/-]{40,300}"
    ),
    token!(
        "twilio-key",
        [
            "sk0", "sk1", "sk2", "sk3", "sk4", "sk5", "sk6", "sk7", "sk8", "sk9", "ska", "skb", "skc", "skd", "ske",
            "skf"
        ],
        "SK[0-9a-fA-F]{32}"
    ),
    near!("twilio-sid", ["twilio"], "(?:AC|SK|AP)[0-9a-f]{32}"),
    near!("twilio-auth-token", ["twilio", "account_sid", "accountsid", "auth_token", "authtoken"], "[0-9a-f]{32}"),
    token!("sendgrid-key", ["sg."], r"SG\.(?:[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}|[A-Za-z0-9=_.-]{66})"),
    near!("sendgrid-loose-key", ["sendgrid"], r"SG\.[A-Za-z0-9=_.-]{40,80}"),
    token!("mailgun-key", ["key-"], "key-[0-9a-z]{32}"),
    near!(
        "mailgun-domain-key",
        ["mailgun", "mg_api"],
        "(?:pubkey-[0-9a-f]{32}|[0-9a-z]{32}-[0-9a-z]{8}-[0-9a-z]{8}|[0-9a-f]{32})"
    ),
    token!("mailchimp-key", ["-us"], "[0-9a-f]{32}-us[0-9]{1,2}"),
    near!("mandrill-key", ["mandrill"], "(?:md-)?[A-Za-z0-9_-]{22}"),
    token!("brevo-key", ["xkeysib-", "xsmtpsib-"], "x(?:key|smtp)sib-[0-9a-fA-F]{64}-[A-Za-z0-9_-]{16}"),
    token!("resend-key", ["re_"], "re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", super::check::random_token),
    near!("postmark-token", ["postmark"], uuid!()),
    near!("mailjet-key", ["mailjet"], "[0-9a-f]{32}"),
    token!("mailersend-token", ["mlsn."], r"mlsn\.[A-Za-z0-9]{30,100}"),
    near!("mailerlite-key", ["mailerlite"], "[0-9a-f]{32}"),
    near!("sparkpost-key", ["sparkpost"], "[0-9a-f]{40}"),
    near!(
        "messagebird-key",
        ["messagebird", "message_bird", "message-bird"],
        concat!("(?:[A-Za-z0-9]{25}|", uuid!(), ")")
    ),
    near!("vonage-secret", ["vonage", "nexmo"], "[A-Za-z0-9]{16}"),
    near!("plivo-token", ["plivo"], "[A-Za-z0-9_-]{40}"),
    near!("plivo-id", ["plivo"], "(?:MA|SA)[A-Z0-9]{18}"),
    near!("telnyx-key", ["telnyx"], "KEY[0-9A-Za-z_-]{55}"),
    near!("bandwidth-token", ["bandwidth"], "[0-9a-f]{48}"),
    near!("sinch-key", ["sinch"], "[A-Za-z0-9+/]{22}=="),
    near!("clicksend-key", ["clicksend"], "[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}"),
    near!("pushover-token", ["pushover"], "[au][a-z0-9]{29}"),
    near!("pushbullet-token", ["pushbullet"], r"o\.[A-Za-z0-9]{32}"),
    token!("onesignal-token", ["os_v2_"], "os_v2_(?:app|org)_[a-z2-7]{80,110}"),
    near!("onesignal-key", ["onesignal"], concat!("(?:[A-Za-z0-9]{48}|", uuid!(), ")")),
    near!("sendbird-token", ["sendbird"], concat!("(?:[0-9a-f]{40}|(?i-u:", uuid!(), "))")),
    near!("stream-secret", ["getstream", "stream_secret", "stream_api"], "[a-z0-9]{64}"),
    near!("agora-key", ["agora"], "[0-9a-f]{32}"),
    near!("pusher-key", ["pusher"], "[0-9a-f]{20}"),
    near!("ably-key", ["ably"], r"[A-Za-z0-9_-]{6,10}\.[A-Za-z0-9_-]{6,10}:[A-Za-z0-9_-]{22,60}"),
    near!("mattermost-token", ["mattermost"], "[a-z0-9]{26}"),
    near!("rocketchat-token", ["rocketchat", "rocket.chat", "rocket_chat"], "[A-Za-z0-9_-]{43}"),
    near!("gitter-token", ["gitter"], "[A-Za-z0-9_-]{40}"),
    near!("zoom-jwt", ["zoom"], r"eyJ[A-Za-z0-9_-]{15,200}\.eyJ[A-Za-z0-9_-]{15,700}\.[A-Za-z0-9_-]{20,200}"),
    near!("zoom-secret", ["zoom"], "[A-Za-z0-9]{32,36}"),
    near!("webex-token", ["webex", "cisco spark"], "[A-Za-z0-9]{64}(?:_[A-Za-z0-9]{4,8}_[A-Za-z0-9-]{36})?"),
    near!("whatsapp-token", ["whatsapp"], "EAA[A-Za-z0-9]{60,300}"),
    near!("lark-secret", ["lark", "feishu"], "[A-Za-z0-9]{32}"),
    webhook!(
        "lark-webhook",
        ["open-apis/bot"],
        concat!(r"https://open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/", uuid!())
    ),
    webhook!(
        "dingtalk-webhook",
        ["oapi.dingtalk.com"],
        r"https://oapi\.dingtalk\.com/robot/send\?access_token=[0-9a-f]{64}"
    ),
    webhook!(
        "wecom-webhook",
        ["qyapi.weixin"],
        concat!(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=", uuid!())
    ),
    near!("wechat-secret", ["wechat", "weixin", "wx_"], "[0-9a-f]{32}"),
    near!(
        "line-token",
        ["line_channel", "line-channel", "line channel", "line_notify", "linecorp"],
        "[A-Za-z0-9+/]{43,200}={0,2}"
    ),
    near!("viber-token", ["viber"], "[0-9a-f]{16}-[0-9a-f]{16}-[0-9a-f]{16}"),
    near!("intercom-token", ["intercom"], "[A-Za-z0-9=_-]{60}"),
    token!("intercom-access-token", ["dg9r"], "dG9rO[A-Za-z0-9+/]{54}="),
    near!("zendesk-token", ["zendesk"], "[A-Za-z0-9]{40}"),
    near!("freshdesk-key", ["freshdesk", "freshworks"], "[A-Za-z0-9]{20}"),
    near!("helpscout-token", ["helpscout", "help_scout"], "[A-Za-z0-9]{56}"),
    near!("drift-token", ["drift"], "[A-Za-z0-9]{32}"),
    near!("crisp-key", ["crisp"], "[0-9a-f]{64}"),
    near!("front-token", ["front_api", "frontapp"], r"[A-Za-z0-9]{36}\.[A-Za-z0-9._-]{188,244}"),
    near!("courier-key", ["courier"], "pk_[A-Za-z0-9]{8,12}_[A-Za-z0-9]{28}"),
    near!("customerio-key", ["customerio", "customer.io", "customer_io"], "[0-9a-f]{20,32}"),
    near!("klaviyo-key", ["klaviyo"], "pk_[a-z0-9_]{34,48}"),
    near!("iterable-key", ["iterable"], "[0-9a-f]{32}"),
    near!("braze-key", ["braze"], uuid!()),
    near!("nylas-key", ["nylas"], "[A-Za-z0-9]{30}"),
    token!("nylas-v3-key", ["nyk_"], "nyk_(?:v0_)?[A-Za-z0-9_-]{60,70}"),
    token!("facebook-token", ["eaa"], "EAA[A-Za-z0-9]{80,400}", super::check::random_token),
    token!(
        "facebook-app-token",
        ["facebook", "fb_", "access_token", "app_token", "graph.facebook"],
        r"[0-9]{13,18}(?:\||%7[cC])[A-Za-z0-9_-]{27,40}"
    ),
    near!("facebook-secret", ["facebook", "fb_", "fb-", "instagram"], "[0-9a-f]{32}"),
    token!("instagram-token", ["igqv", "igaa"], "IG(?:QV|AA)[A-Za-z0-9_-]{80,400}", super::check::random_token),
    near!("twitter-secret", ["twitter", "tweepy"], "[A-Za-z0-9]{25,50}"),
    token!(
        "twitter-access-token",
        ["twitter", "tweepy", "access_token", "access token", "x_access"],
        r#"(?i-u:twitter|tweepy|access_token|access token|x_access)(?s-u:.{0,48}?)["'`=:>(,|\[\s](?P<v>[0-9]{15,25}-[A-Za-z0-9]{20,40})"#,
        super::check::near
    ),
    token!(
        "twitter-bearer-token",
        ["aaaaaaaaaaaaaaaaaaaaa"],
        r"A{21,24}(?:[A-Za-z0-9%]{60,110}|[A-Za-z0-9%]{40,45}\\u003[dD][A-Za-z0-9%]{40,60})",
        super::check::random_token
    ),
    near!("linkedin-secret", ["linkedin", "linked_in", "linked-in"], "[A-Za-z0-9]{14,16}"),
    token!("linkedin-v1-secret", ["wpl_ap1."], r"WPL_AP1\.[A-Za-z0-9]{16}\.[A-Za-z0-9+/=]{8}"),
    near!("reddit-secret", ["reddit"], "[A-Za-z0-9_-]{27,30}"),
    near!("twitch-token", ["twitch"], "[a-z0-9]{30}"),
    near!("spotify-secret", ["spotify"], "[0-9a-f]{32}"),
    near!("youtube-secret", ["youtube"], "[A-Za-z0-9_-]{24}"),
    token!("pinterest-token", ["pina_"], "pina_[A-Za-z0-9_-]{20,200}"),
    near!("tiktok-secret", ["tiktok"], "[A-Za-z0-9]{32,40}"),
    near!("tumblr-key", ["tumblr"], "[A-Za-z0-9]{50}"),
    near!("disqus-key", ["disqus"], "[A-Za-z0-9]{64}"),
    near!("flickr-key", ["flickr"], "[0-9a-z]{32}"),
    near!("vk-token", ["vkontakte", "vk_api", "vk.com", "vk_token"], r"(?:vk1\.a\.)?[A-Za-z0-9_-]{85,220}"),
    token!("notify-key", ["gcntfy-"], concat!("gcntfy-[A-Za-z0-9_-]{1,80}-", uuid!(), "-", uuid!())),
];
