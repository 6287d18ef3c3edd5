//! What the words before a number say about it, in the languages that write most.

use crate::guard::pii::text::{Stems, words};

/// What is said about the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is a phone's: `Mobile:`.
    Phone,
    /// Somebody is called, or written to: `text me at`.
    Call,
    Nothing,
    /// It is something else's: `Order no.`
    Other,
}

const PHONE: Stems = Stems {
    whole: &[
        "tel", "cell", "cel", "cells", "mob", "mov", "fax", "faxes", "facsimile", "gsm", "handy", "natel", "tlf", "tfn", "telf", "tlfn", "phn", "ph",
        "fon", "hp", "dial", "dialed", "dialled", "dialing", "landline", "hotline", "helpline", "tollfree", "pager", "voicemail", "sms", "msisdn",
        "whatsapp", "viber", "zalo", "imessage", "wechat", "puh", "puhelin", "gsmnummer", "callback", "tf", "mobnr",
    ],
    start: &[
        "teleph", "telef", "tele-", "telnum", "telno", "mobil", "celul", "cellul", "cellph", "handynum", "rufnum", "durchwahl", "anruf", "whatsapp",
        "téléph", "télec", "móvil", "móbil", "komór", "kännyk", "telpon", "ponsel", "matkap", "faxn", "rückruf",
    ],
    within: &[
        "phone", "_tel", "fone", "telefon", "тел", "елефон", "обил", "моб", "акс:", "звон", "电话", "電話", "手机", "手機", "座机", "携帯", "致电", "联系方式", "联系我", "전화", "휴대", "연락",
        "핸드폰", "هاتف", "جوال", "موبايل", "اتصل", "טלפון", "נייד", "פלאפון", "τηλ", "κινητ", "फोन", "फ़ोन", "मोबाइल", "โทร", "มือถือ", "điện", "thoại", "ফোন", "मोबाईल",
        "連絡先", "ファックス", "传真", "傳真",
    ],
};

const CALL: Stems = Stems {
    whole: &[
        "call", "calls", "called", "calling", "text", "texted", "texting", "txt", "ring", "rang", "reach", "reached", "reachable", "contact",
        "contacts", "contacted", "contacting", "answering", "message", "messages", "messaged", "line", "signal", "telegram", "desk", "registered",
        "appelez", "appeler", "appelle", "appel", "rappeler", "rappelez", "joindre", "joignable", "contactez", "contacter", "llama", "llame",
        "llamar", "llamada", "contacto", "contactar", "contato", "contatto", "contattare", "chiama", "chiamare", "chiamami", "ligue", "ligar", "liga",
        "bel", "bellen", "gebeld", "ring", "ringe", "ringa", "rufen", "ruf", "erreichen", "erreichbar", "kontakt", "kontaktieren", "melden",
        "zadzwoń", "dzwoń", "dzwonić", "arayın", "ara", "iletişim", "hubungi", "soita", "volejte", "nummer", "numéro", "numero", "número", "numer",
        "номер", "号码", "番号", "번호", "number", "num", "emergency", "support", "dispatch", "dm", "ping", "home", "office", "work",
    ],
    start: &[],
    within: &["联系", "拨打", "連絡", "电", "звоните", "позвон"],
};

const OTHER: Stems = Stems {
    whole: &[
        "order", "orders", "invoice", "tracking", "track", "shipment", "shipping", "parcel", "package", "isbn", "issn", "doi", "ref", "reference",
        "account", "acct", "accounts", "konto", "kontonummer", "compte", "cuenta", "conta", "conto", "rekening", "ticket", "case", "sku", "serial", "sn",
        "part", "model", "modell", "version", "ver", "release", "date", "dated", "dob", "born", "birth", "ssn", "social", "security", "card", "visa",
        "mastercard", "amex", "passport", "licence", "license", "vat", "tax", "iban", "bban", "routing", "aba", "zip", "postal", "postcode", "plz",
        "patient", "mrn", "timestamp", "timestamps", "ts", "time", "epoch", "port", "ports", "hash", "commit", "build", "lot", "batch", "imei", "imsi", "iccid",
        "ean", "upc", "gtin", "asin", "barcode", "nhs", "policy", "claim", "member", "membership", "transaction", "txn", "tx", "lat", "lon", "lng",
        "latitude", "longitude", "coordinates", "price", "total", "amount", "sum", "balance", "cost", "bytes", "size", "offset", "seed", "population",
        "id", "ids", "uid", "uuid", "guid", "userid", "orderid", "sha", "nonce", "bsn", "cpf", "cnpj", "cnp", "aadhaar", "pan", "ein", "tin", "itin",
        "npi", "dea", "vin", "plate", "employee", "student", "registration", "certificate", "bank", "swift", "bic", "isin", "cusip", "mac", "rma", "po",
        "pin", "page", "pages", "chapter", "section", "score", "rfc", "cve", "bug", "issue", "revision", "rev", "receipt", "voucher", "coupon", "booking",
        "reservation", "flight", "usd", "eur", "gbp", "block", "height", "width", "pid", "tid", "snowflake", "bestellung", "rechnung", "kunden", "commande",
        "facture", "pedido", "factura", "ordine", "fattura", "bestelling", "factuur", "int", "max", "min", "count", "limit", "counter", "index", "range",
        "duns", "siren", "siret", "nif", "dni", "nie", "curp", "rfc", "rut", "pesel", "nip", "regon", "krs", "ico", "dic", "oib", "egn", "abn", "acn", "tfn",
        "sin", "medicare", "insurance", "licencia", "driver", "document", "file", "serie", "seriennummer", "artikel", "art", "article", "item", "items",
        "product", "isrc", "oclc", "lccn", "pmid", "arxiv", "orcid", "bitcoin", "btc", "eth", "wallet", "checksum", "crc", "md", "fax_id", "ip", "matrikel",
    ],
    start: &["bestell", "rechnungs", "kundennum", "steuer", "versicherung", "artikel", "serien", "sendung", "trackin", "ordernum", "invoicen", "accountn"],
    within: &["_id", "订单", "編號", "编号", "单号", "注文", "주문", "заказ", "счет", "счёт", "инн", "снилс", "паспорт", "身份证"],
};

/// `My number is`: a phone's, if nothing else is named.
const NUMBER: Stems = Stems { whole: &["number", "nummer", "numéro", "numero", "número", "номер"], start: &[], within: &[] };

/// Words that say nothing by themselves, between what is named and its number.
const FILLERS: &[&str] = &[
    "number", "no", "nr", "num", "nos", "nummer", "numéro", "numero", "número", "is", "the", "was", "are", "code", "value", "of", "n", "o", "numbers",
    "ist", "est", "es", "su", "key", "und", "and", "number's", "at", "on", "to", "with", "for", "lautet", "ist", "номер", "digits", "str", "string",
];

/// The nearest word with a meaning decides. One that is against must be next to the number, but for fillers.
pub fn said(before: &str) -> Said {
    let (mut next, mut numbered) = (true, false);
    for word in words(before).take(10) {
        if PHONE.has(word) {
            return Said::Phone;
        }
        if FILLERS.iter().any(|filler| filler.eq_ignore_ascii_case(word)) {
            numbered |= next && NUMBER.has(word);
            continue;
        }
        if next && OTHER.has(word) {
            return Said::Other;
        }
        if CALL.has(word) {
            return Said::Call;
        }
        next = false;
    }
    if numbered { Said::Call } else { Said::Nothing }
}
