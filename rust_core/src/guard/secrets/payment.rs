//! Payment, commerce and banking.

use super::super::rule::Rule;
use super::shape::{near, token, uuid};

pub(super) const RULES: &[Rule] = &[
    token!(
        "stripe-key",
        ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "sk_prod_", "rk_prod_"],
        "[sr]k_(?:live|test|prod)_[A-Za-z0-9+/]{10,247}={0,2}",
        super::check::stripe
    ),
    token!("stripe-webhook-secret", ["whsec_"], "whsec_[A-Za-z0-9+/]{24,100}={0,2}"),
    token!("stripe-publishable-key", ["pk_live_"], "pk_live_[A-Za-z0-9]{20,247}"),
    token!("square-token", ["sq0"], "sq0[a-z]{3}-[A-Za-z0-9_-]{22,60}"),
    token!("square-access-token", ["eaaa"], "EAAA[A-Za-z0-9_-]{22,60}", super::check::random_whole),
    near!("square-near-token", ["square"], "EAAA[A-Za-z0-9_-]{18,60}"),
    token!(
        "paypal-braintree-token",
        ["access_token$"],
        r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-z]{32}"
    ),
    token!(
        "braintree-tokenization-key",
        ["sandbox_", "production_"],
        "(?:sandbox|production)_[a-z0-9]{8}_[a-z0-9]{16}",
        super::check::random_token
    ),
    near!("braintree-key", ["braintree"], "[0-9a-f]{32}"),
    near!("paypal-secret", ["paypal"], "[A-Za-z0-9_.-]{78,120}"),
    token!("adyen-key", ["aqe"], "AQE[A-Za-z0-9+/=_-]{100,200}", super::check::random_token),
    near!("plaid-token", ["plaid"], concat!("(?:access|link|public)-(?:sandbox|development|production)-", uuid!())),
    near!("plaid-secret", ["plaid"], "[a-z0-9]{30}"),
    near!("plaid-client-id", ["plaid"], "[0-9a-z]{24}"),
    token!("razorpay-key", ["rzp_live_", "rzp_test_"], "rzp_(?:live|test)_[A-Za-z0-9]{14}"),
    near!("razorpay-secret", ["razorpay", "rzp"], "[A-Za-z0-9]{24}"),
    token!(
        "shopify-token",
        ["shpat_", "shpca_", "shppa_", "shpss_", "shpua_", "shptka_"],
        "shp(?:at|ca|pa|ss|ua|tka)_[0-9a-fA-F]{32}"
    ),
    token!("flutterwave-key", ["flwsec", "flwpub"], "FLW(?:SECK|PUBK)(?:_TEST)?-[0-9A-Za-z]{12,40}(?:-X)?"),
    token!("paystack-key", ["sk_live_", "sk_test_"], "sk_(?:live|test)_[0-9a-f]{40}"),
    near!("gocardless-token", ["gocardless"], "(?:live|sandbox)_[A-Za-z0-9_=-]{40}"),
    near!(
        "checkout-key",
        ["checkout", "cko"],
        concat!("(?:sk_(?:test_|sbox_)?)(?:", uuid!(), "|[a-z0-9]{26}[a-z0-9*$=#]?)")
    ),
    near!("mollie-key", ["mollie"], "(?:live|test)_[A-Za-z0-9]{30}"),
    near!("klarna-key", ["klarna"], "[A-Za-z0-9+/_-]{40,120}"),
    near!("worldpay-key", ["worldpay"], concat!("(?:[TL]_[SC]_)?", uuid!())),
    near!("recurly-key", ["recurly"], "[0-9a-f]{32}"),
    near!("chargebee-key", ["chargebee"], "(?:live|test)_[A-Za-z0-9]{32,45}"),
    token!("paddle-key", ["pdl_"], "pdl_(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}"),
    token!(
        "lemonsqueezy-key",
        ["lemonsqueezy", "lemon_squeezy"],
        r#"(?i-u:lemon_?squeezy)(?s-u:.{0,48}?)["'`=:>(,|\[\s](?P<v>eyJ[A-Za-z0-9_.-]{100,1500})"#,
        super::check::near
    ),
    token!("xendit-key", ["xnd_"], "xnd_(?:production|development)_(?:[A-Za-z0-9]{40,72}|[A-Za-z0-9+/]{40,72}={0,2})"),
    token!("midtrans-key", ["mid-server-", "mid-client-"], "(?:SB-)?Mid-(?:server|client)-[A-Za-z0-9_-]{10,32}"),
    token!("mercadopago-token", ["app_usr-"], "APP_USR-[0-9]{10,20}-[0-9]{6}-[0-9a-f]{32}-[0-9]{4,12}"),
    token!("asaas-token", ["$aact_"], r"\$aact_(?:(?:prod|hmlg)_)?[A-Za-z0-9_=-]{20,200}"),
    near!("iugu-key", ["iugu"], "[0-9a-f]{32}"),
    token!("polar-token", ["polar_"], "polar_(?:at|oat|pat)_[A-Za-z0-9_-]{20,100}"),
    token!("ramp-secret", ["ramp_sec_"], "ramp_sec_[A-Za-z0-9]{48}"),
    token!("mercury-token", ["mercury_production_"], "mercury_production_[a-z]{3,6}_[A-Za-z0-9]{40,50}_yrucrem"),
    token!("duffel-token", ["duffel_"], "duffel_(?:test|live)_[A-Za-z0-9_=-]{43}"),
    token!("easypost-key", ["ezak", "eztk"], "EZ[AT]K[A-Za-z0-9]{54}"),
    token!("shippo-key", ["shippo_"], "shippo_(?:live|test)_[0-9a-fA-F]{40}"),
    near!("lob-key", ["lob"], "(?:live|test)_(?:pub_)?[0-9a-f]{31,35}"),
    near!("finicity-token", ["finicity"], "(?:[0-9a-f]{32}|[a-z0-9]{20})"),
    near!("coinbase-token", ["coinbase"], "[A-Za-z0-9_-]{64}"),
    near!("coinbase-plain-key", ["coinbase"], "[A-Za-z0-9]{16,32}"),
    near!("binance-key", ["binance"], "[A-Za-z0-9]{64}"),
    near!("kraken-key", ["kraken"], "[A-Za-z0-9/=_+-]{80,90}"),
    near!("kraken-short-key", ["kraken"], "[A-Za-z0-9/+]{56}"),
    near!("kucoin-key", ["kucoin"], concat!("(?:[0-9a-f]{24}|", uuid!(), ")")),
    near!("bittrex-key", ["bittrex"], "[0-9a-z]{32}"),
    near!("bitfinex-key", ["bitfinex"], "[A-Za-z0-9_-]{43}"),
    near!("bybit-key", ["bybit"], "[A-Za-z0-9]{18,36}"),
    near!("okx-key", ["okx", "okex"], concat!("(?:", uuid!(), "|[0-9A-F]{32})")),
    near!("bitmex-key", ["bitmex"], "[A-Za-z0-9_-]{24,48}"),
    near!("etherscan-key", ["etherscan", "bscscan", "polygonscan", "arbiscan"], "[A-Z0-9]{34}"),
    near!("infura-key", ["infura"], "[0-9a-f]{32}"),
    near!("alchemy-key", ["alchemy"], "[A-Za-z0-9_-]{32}"),
    near!("moralis-key", ["moralis"], "[A-Za-z0-9]{64}"),
    near!("quicknode-key", ["quicknode", "quiknode"], "(?:QN_)?[0-9a-f]{32,40}"),
    near!(
        "wallet-private-key",
        ["private_key", "privatekey", "private key", "private-key", "wallet", "mnemonic", "deployer"],
        "(?:0x)?[0-9a-fA-F]{64}",
        super::check::wallet
    ),
    token!("extended-private-key", ["xprv", "yprv", "zprv", "tprv"], "[xyzt]prv[1-9A-HJ-NP-Za-km-z]{107,108}"),
    near!("amazon-ads-secret", ["lwa_client", "lwa-client"], "[0-9a-f]{64}"),
    near!("ebay-secret", ["ebay"], "(?:PRD|SBX)-[0-9a-f]{8,12}(?:-[0-9a-f]{4,12}){3,4}"),
    near!("etsy-key", ["etsy"], "[a-z0-9]{24}(?::[a-z0-9]{10,64})?"),
    near!("woocommerce-secret", ["woo", "consumer_secret", "consumer_key", "wc_"], "c[sk]_[0-9a-f]{40}"),
    near!("bigcommerce-token", ["bigcommerce"], "[a-z0-9]{31}"),
    near!("magento-token", ["magento"], "[a-z0-9]{32}"),
    near!("gumroad-token", ["gumroad"], "[A-Za-z0-9_-]{43,64}"),
    near!("wise-token", ["transferwise", "wise_api", "wise api"], uuid!()),
    near!("freemius-key", ["secret_key"], "sk_[^\\s\"'<>]{29}", super::check::near_plain),
];
