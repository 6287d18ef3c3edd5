//! What the words before a number say about it, in the languages that write most.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::guard::pii::text::words;

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

/// What one word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Phone,
    Call,
    Other,
    /// `My number is`: a phone's, if nothing else is named.
    Number,
    /// It says nothing by itself.
    Filler,
    /// What was named before it is not the number: `contact the bank at`.
    Preposition,
}

const WORDS: &[(Word, &str)] = &[
    (
        Word::Phone,
        "tel cell cel cells mob mov fax faxes facsimile gsm handy natel tlf tfn telf tlfn phn ph fon hp dial dialed \
         dialled dialing landline hotline helpline tollfree pager voicemail sms msisdn whatsapp viber zalo imessage \
         wechat puh puhelin gsmnummer callback tf mobnr",
    ),
    (
        Word::Call,
        "call calls called calling text texted texting txt ring rang reach reached reachable contact contacts \
         contacted contacting answering message messages messaged line signal telegram desk registered appelez \
         appeler appelle appel rappeler rappelez joindre joignable contactez contacter llama llame llamar llamada \
         contacto contactar contato contatto contattare chiama chiamare chiamami ligue ligar liga bel bellen gebeld \
         ringe ringa rufen ruf erreichen erreichbar kontakt kontaktieren melden zadzwoń dzwoń dzwonić arayın ara \
         iletişim hubungi soita volejte numer 号码 番号 번호 emergency support dispatch dm ping home office work",
    ),
    (
        Word::Other,
        "order orders invoice tracking track shipment shipping parcel package isbn issn doi ref reference account \
         acct accounts konto kontonummer compte cuenta conta conto rekening ticket case sku serial sn part model \
         modell version ver release date dated dob born birth ssn social security card visa mastercard amex passport \
         licence license vat tax iban bban routing aba zip postal postcode plz patient mrn timestamp timestamps ts \
         time epoch port ports hash commit build lot batch imei imsi iccid ean upc gtin asin barcode nhs policy \
         claim member membership transaction txn tx lat lon lng latitude longitude coordinates price total amount \
         sum balance cost bytes size offset seed population id ids uid uuid guid userid orderid sha nonce bsn cpf \
         cnpj cnp aadhaar pan ein tin itin npi dea vin plate employee student registration certificate bank swift \
         bic isin cusip mac rma po pin page pages chapter section score rfc cve bug issue revision rev receipt \
         voucher coupon booking reservation flight usd eur gbp block height width pid tid snowflake bestellung \
         rechnung kunden commande facture pedido factura ordine fattura bestelling factuur int max min count limit \
         counter index range duns siren siret nif dni nie curp rut pesel nip regon krs ico dic oib egn abn acn sin \
         medicare insurance licencia dl ending vehicle document file serie seriennummer artikel art article item \
         items product isrc oclc lccn pmid arxiv orcid bitcoin btc eth wallet checksum crc md fax_id ip matrikel",
    ),
    (Word::Number, "number nummer numéro numero número номер"),
    (
        Word::Filler,
        "le la el il my mon mein meine mi meu s it er is as a no nr num nos the was are code value of n o numbers \
         ist est es su key und and lautet digits str string",
    ),
    (Word::Preposition, "at on to with for via under unter au al op na til på"),
];

/// How words begin: those that are composed, or inflected.
const BEGINNINGS: &[(Word, &str)] = &[
    (
        Word::Phone,
        "teleph telef teléf telép telèf tele- telnum telno mobil celul cellul cellph handynum rufnum durchwahl anruf \
         whatsapp téléph téléc móvil móbil komór kännyk telpon ponsel matkap faxn rückruf",
    ),
    (
        Word::Other,
        "driversli driverli licen passport pasaport nationalid personnum socialn identi matric cedul cédul kimlik \
         tckimlik bestell rechnungs kundennum steuer versicherung artikel serien sendung trackin ordernum invoicen \
         accountn",
    ),
    (Word::Filler, "iphone microphone headphone earphone phonetic"),
];

/// Parts of words: of `workPhone`, and in scripts without spaces or with capitals of their own.
const PARTS: &[(Word, &str)] = &[
    (
        Word::Phone,
        "phone fone telefon тел елефон обил моб акс: звон 电话 電話 手机 手機 座机 携帯 致电 联系方式 联系我 전화 휴대 연락 핸드폰 هاتف جوال \
         موبايل اتصل טלפון נייד פלאפון τηλ κινητ फोन फ़ोन मोबाइल โทร มือถือ điện thoại ফোন मोबाईल 連絡先 ファックス 传真 傳真",
    ),
    (Word::Call, "联系 拨打 連絡 звоните позвон"),
    (Word::Other, "订单 編號 编号 单号 注文 주문 заказ счет счёт инн снилс паспорт 身份证"),
];

/// The lists, taken apart.
struct Lexicon {
    whole: HashMap<&'static str, Word>,
    beginnings: Vec<(&'static str, Word)>,
    ascii_parts: Vec<(&'static str, Word)>,
    other_parts: Vec<(&'static str, Word)>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let each = |&(says, words): &(Word, &'static str)| words.split_ascii_whitespace().map(move |word| (word, says));
    let (ascii_parts, other_parts) = PARTS.iter().flat_map(each).partition(|(part, _)| part.is_ascii());
    Lexicon {
        whole: WORDS.iter().flat_map(each).collect(),
        beginnings: BEGINNINGS.iter().flat_map(each).collect(),
        ascii_parts,
        other_parts,
    }
});

/// Of a word, no more than these bytes next to the number are looked at: scripts without spaces have long ones.
const LONGEST: usize = 48;

fn says(word: &str) -> Option<Word> {
    let from = word.len().saturating_sub(LONGEST);
    let word = &word[(from..=word.len()).find(|&at| word.is_char_boundary(at))?..];
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    if let Some(says) = LEXICON.whole.get(std::str::from_utf8(lower).ok()?) {
        return Some(*says);
    }
    let parts = if lower.is_ascii() { &LEXICON.ascii_parts } else { &LEXICON.other_parts };
    let begins = |stem: &str| lower.starts_with(stem.as_bytes());
    let contains = |part: &str| lower.windows(part.len()).any(|window| window == part.as_bytes());
    let beginning = LEXICON.beginnings.iter().find(|(stem, _)| begins(stem));
    beginning.or_else(|| parts.iter().find(|(part, _)| contains(part))).map(|(_, says)| *says)
}

/// The nearest word with a meaning decides. One that is against must be next to the number, but for fillers.
pub fn said(before: &str) -> Said {
    let (mut next, mut numbered) = (true, false);
    for says in words(before).take(10).map(says) {
        match says {
            Some(Word::Phone) => return Said::Phone,
            Some(Word::Call) => return Said::Call,
            Some(Word::Other) if next => return Said::Other,
            Some(Word::Number) => numbered |= next,
            Some(Word::Filler) => {}
            Some(Word::Preposition | Word::Other) | None => next = false,
        }
    }
    if numbered { Said::Call } else { Said::Nothing }
}
