use proptest::prelude::*;

use super::*;

fn usage(prompt: u64, completion: u64) -> Usage {
    Usage { prompt_tokens: Some(prompt), completion_tokens: Some(completion), ..Usage::default() }
}

const FREE: Prices = Prices {
    input: 0,
    cached_input: 0,
    cache_write: 0,
    cache_write_1h: 0,
    input_audio: 0,
    input_image: 0,
    output: 0,
    reasoning: 0,
    output_audio: 0,
    output_image: 0,
    image: 0,
    second: 0,
    character: 0,
};

const TEXT: Kinds = Kinds { hour: false, media: false };
const MEDIA: Kinds = Kinds { hour: false, media: true };
const ALL: Kinds = Kinds { hour: true, media: true };

/// 0.15 USD and 0.60 USD per million tokens.
const SMALL: Prices = Prices {
    input: 1_500_000_000,
    cached_input: 750_000_000,
    cache_write: 1_500_000_000,
    cache_write_1h: 1_500_000_000,
    input_audio: 100_000_000_000,
    input_image: 1_500_000_000,
    output: 6_000_000_000,
    reasoning: 6_000_000_000,
    output_audio: 200_000_000_000,
    output_image: 6_000_000_000,
    ..FREE
};

#[test]
fn each_kind_has_its_price() {
    let prices = Prices {
        input: 1_000_000,
        cached_input: 10_000_000,
        cache_write: 100_000_000,
        cache_write_1h: 100_000_000_000,
        input_audio: 1_000_000_000,
        input_image: 10_000_000_000,
        output: 2_000_000,
        reasoning: 20_000_000,
        output_audio: 200_000_000,
        output_image: 2_000_000_000,
        ..FREE
    };
    let all = Usage {
        cached_tokens: Some(1),
        cache_write_tokens: Some(3),
        cache_write_1h_tokens: Some(2),
        input_audio_tokens: Some(1),
        input_image_tokens: Some(1),
        reasoning_tokens: Some(1),
        output_audio_tokens: Some(1),
        output_image_tokens: Some(1),
        ..usage(7, 4)
    };
    assert_eq!(prices.cost(&all), 211_111 + 2222);
    assert_eq!(SMALL.cost(&usage(1000, 100)), 1_500_000 + 600_000);
    assert_eq!(SMALL.cost(&usage(0, 0)), 0);
    assert_eq!(Prices { input: 1, ..Prices::default() }.cost(&usage(1, 1)), 1, "rounded up");
    assert_eq!(Prices { input: 1, output: 1, ..Prices::default() }.cost(&usage(1, 1)), 1, "once");
}

#[test]
fn costs_beyond_range_saturate() {
    let dear = Prices { input: u64::MAX, output: u64::MAX, reasoning: u64::MAX, ..Prices::default() };
    assert_eq!(dear.cost(&usage(u64::MAX, u64::MAX)), i64::MAX as u64);
    assert_eq!(dear.hold(u64::MAX, u64::MAX, MEDIA), i64::MAX as u64);
    assert_eq!(dear.affordable(u64::MAX, 0, TEXT), 1_000_000);
}

#[test]
fn affordable_at_its_ends() {
    assert_eq!(SMALL.affordable(0, 0, TEXT), 0);
    assert_eq!(SMALL.affordable(1_499, 1, TEXT), 0);
    assert_eq!(SMALL.affordable(7_499, 1, TEXT), 0);
    assert_eq!(SMALL.affordable(7_500, 1, TEXT), 1);
    assert_eq!(SMALL.affordable(7_500, 1, MEDIA), 0);
    assert_eq!(Prices::default().affordable(0, 9, TEXT), UNBOUNDED);
    assert_eq!(Prices { output: 1, ..Prices::default() }.affordable(u64::MAX, 9, TEXT), UNBOUNDED);
}

#[test]
fn amounts_are_plain_decimals() {
    for (units, text) in [
        (0, "0"),
        (1, "0.0000000001"),
        (4500, "0.00000045"),
        (-4500, "-0.00000045"),
        (10_000_000_000, "1"),
        (12_500_000_000, "1.25"),
        (50_000_000_001, "5.0000000001"),
        (i64::MAX, "922337203.6854775807"),
        (i64::MIN, "-922337203.6854775808"),
    ] {
        assert_eq!(Usd(units).to_string(), text);
    }
}

prop_compose! {
    fn prices()(of in prop::array::uniform10(prop_oneof![Just(0), 1..10_u64, 0..=1_000_000_000_000_u64])) -> Prices {
        let [input, cached_input, cache_write, cache_write_1h, input_audio, input_image, ..] = of;
        let [.., output, reasoning, output_audio, output_image] = of;
        Prices {
            input, cached_input, cache_write, cache_write_1h, input_audio, input_image,
            output, reasoning, output_audio, output_image, ..FREE
        }
    }
}

prop_compose! {
    /// Said by an upstream that may contradict itself.
    fn usages()(
        totals in prop::array::uniform3(prop::option::weighted(0.8, 0..2_000_000_u64)),
        parts in prop::array::uniform8(prop::option::weighted(0.9, prop_oneof![Just(0), 0..400_000_u64, 0..3_000_000_u64])),
    ) -> Usage {
        Usage {
            prompt_tokens: totals[0],
            completion_tokens: totals[1],
            total_tokens: totals[2],
            cached_tokens: parts[0],
            cache_write_tokens: parts[1],
            input_audio_tokens: parts[2],
            input_image_tokens: parts[3],
            reasoning_tokens: parts[4],
            output_audio_tokens: parts[5],
            output_image_tokens: parts[6],
            cache_write_1h_tokens: parts[7],
            sound_ms: None,
        }
    }
}

#[test]
fn what_is_measured_is_rounded_up_once() {
    let prices = Prices { image: 390_000_000, second: 1_000_001, character: 150_000, ..FREE };
    let of = |images, sound_ms, characters| prices.measured(&Measure { images, sound_ms, characters });
    assert_eq!(of(2, 0, 0), Some(780_000_000));
    assert_eq!(of(0, 1500, 0), Some(1_500_002));
    assert_eq!(of(0, 0, 7), Some(1_050_000));
    assert_eq!(of(0, 0, 0), Some(0));
    assert_eq!(of(u64::MAX, u64::MAX, u64::MAX), Some(MAX_UNITS));
    assert_eq!(SMALL.measured(&Measure { images: 5, sound_ms: 5, characters: 5 }), None);
    assert!(SMALL.by_token() && !prices.by_token());
}

proptest! {
    #[test]
    fn every_token_has_one_price(usage in usages(), price in 0..1_000_000_000_000_u64) {
        let (prompt, answer) = (usage.prompt(), usage.answer());
        let tokens = prompt.cached + prompt.written + prompt.written_1h + prompt.audio + prompt.image + prompt.rest
            + answer.reasoning + answer.audio + answer.image + answer.rest;
        let same = Prices {
            input: price, cached_input: price, cache_write: price, cache_write_1h: price,
            input_audio: price, input_image: price, output: price, reasoning: price, output_audio: price, output_image: price, ..FREE
        };
        prop_assert_eq!(u128::from(same.cost(&usage)), (u128::from(tokens) * u128::from(price)).div_ceil(1_000_000));
        if let (Some(said), false) = (usage.prompt_tokens, usage.is_contradictory()) {
            prop_assert_eq!(tokens - answer.reasoning - answer.audio - answer.image - answer.rest, said);
        }
    }

    #[test]
    fn no_cost_exceeds_its_hold(prices in prices(), usage in usages()) {
        let (prompt, answer) = (usage.prompt(), usage.answer());
        let prompt_tokens = prompt.cached + prompt.written + prompt.written_1h + prompt.audio + prompt.image + prompt.rest;
        let output_tokens = answer.reasoning + answer.audio + answer.image + answer.rest;
        prop_assert!(prices.cost(&usage) <= prices.hold(prompt_tokens, output_tokens, ALL));
        let kinds = Kinds {
            hour: prompt.written_1h > 0, media: prompt.audio + prompt.image + answer.audio + answer.image > 0,
        };
        let hold = prices.hold(prompt_tokens, output_tokens, kinds);
        prop_assert!(prices.cost(&usage) <= hold);
        prop_assert!(prices.vary() || hold == prices.hold(prompt_tokens, output_tokens, TEXT));
    }

    #[test]
    fn affordable_is_the_most_that_a_hold_allows(
        prices in prices(), units in prop_oneof![0..100_000_u64, any::<u64>().prop_map(|units| units >> 1)],
        prompt in 0..1_000_000_u64, hour: bool, media: bool,
    ) {
        let kinds = Kinds { hour, media };
        let most = prices.affordable(units, prompt, kinds);
        prop_assert!(most <= UNBOUNDED);
        prop_assert!(most == 0 || prices.hold(prompt, most, kinds) <= units);
        prop_assert!(most == UNBOUNDED || prices.hold(prompt, most + 1, kinds) > units);
    }
}

proptest! {
    #[test]
    fn amounts_are_what_arithmetic_says(units: i64) {
        let text = Usd(units).to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        prop_assert!(!text.contains('.') || !fraction.is_empty() && !fraction.ends_with('0'));
        let parsed: i128 = format!("{whole}{fraction:0<10}").parse().unwrap();
        prop_assert_eq!(parsed, i128::from(units));
    }
}
