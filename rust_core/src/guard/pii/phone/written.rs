//! How a number is written.

use crate::guard::pii::text::{Digits, number};

/// How a number is written.
pub struct Written {
    pub digits: Digits,
    /// Digits in each group.
    groups: [usize; 16],
    pub count: usize,
    /// The sign between the groups if there is one only, `*` if there are several, `\0` if there is none.
    pub separator: u8,
}

impl Written {
    /// None if it has more groups than any number.
    pub fn of(value: &str) -> Option<Self> {
        let number = value.bytes().position(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'#' | b',' | b';'));
        let number = &value[..number.unwrap_or(value.len())];
        let mut groups = [0; 16];
        let mut count = 0;
        for group in number.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()) {
            *groups.get_mut(count)? = group.len();
            count += 1;
        }
        let mut separators = number.trim_end().bytes().filter(|byte| b" .-/".contains(byte));
        let separator = match separators.next() {
            Some(first) if separators.all(|separator| separator == first) => first,
            Some(_) => b'*',
            None => 0,
        };
        Some(Self { digits: Digits::of(number)?, groups, count, separator })
    }

    pub fn groups(&self) -> &[usize] {
        &self.groups[..self.count]
    }

    /// `1 234 567`: an amount rather than a number.
    pub fn thousands(&self) -> bool {
        self.count > 1
            && self.separator != b'-'
            && self.groups()[0] < 4
            && self.groups()[1..].iter().all(|&group| group == 3)
    }

    /// A day, with or without the time, or years: `2024-01-31`, `31.01.2024 12`, `1939-1945`.
    pub fn date(&self) -> bool {
        let digits = self.digits.as_slice();
        let at = |from: usize, len: usize| number(&digits[from..from + len]);
        let month = |from| (1..=12).contains(&at(from, 2));
        let day = |from| (1..=31).contains(&at(from, 2));
        let year = |from| (1900..2100).contains(&at(from, 4));
        let mut from = 0;
        for at in 0..self.count {
            let date = match self.groups()[at..] {
                [4, 2, 2, ..] => year(from) && month(from + 4) && day(from + 6),
                [2, 2, 4, ..] => year(from + 4) && (month(from) && day(from + 2) || day(from) && month(from + 2)),
                [4, 4] => at == 0 && self.separator == b'-' && year(0) && year(4),
                _ => false,
            };
            if date {
                return true;
            }
            from += self.groups()[at];
        }
        false
    }

    /// `12345.67`, `3.14159`: not with a zero in front, as in `0718.564017`.
    pub fn decimal(&self) -> bool {
        self.count == 2 && self.separator == b'.' && (self.groups()[0] == 1 || self.digits.as_slice()[0] != 0)
    }

    /// `192.168.10.20`
    pub fn address(&self) -> bool {
        let dotted = self.count == 4 && self.separator == b'.' && self.digits.as_slice()[0] != 0;
        dotted && self.groups().iter().all(|&group| group < 4)
    }

    /// `5 5 5 1 2 3`: digit by digit.
    pub fn spelled(&self) -> bool {
        self.count > 8 && self.groups().iter().all(|&group| group == 1)
    }

    /// `0.1.0 - 12`: a number that is not spelled has at most one group of one digit behind the first.
    pub fn crumbs(&self) -> bool {
        !self.spelled() && self.groups().iter().skip(1).filter(|&&group| group == 1).count() > 1
    }

    /// `02110-1301`: a post code of the United States.
    pub fn post_code(&self) -> bool {
        self.groups() == [5, 4] && self.separator == b'-'
    }
}
