//! Says numbers, dates, times and amounts in Chinese characters.

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
const PLACES: [&str; 4] = ["", "十", "百", "千"];
const GROUPS: [&str; 4] = ["", "万", "亿", "万亿"];
/// Longer numbers are read digit by digit.
const MOST_DIGITS: usize = 16;
/// Behind these, two is 两.
const MEASURES: &str = "个只件位名次年天条张本块双对家种座辆台点分公米里斤层遍把头匹";
/// A unit as it is written, and as it is said.
const UNITS: &[(&str, &str)] = &[
    ("km/h", "公里每小时"),
    ("km", "公里"),
    ("cm", "厘米"),
    ("mm", "毫米"),
    ("kg", "公斤"),
    ("mg", "毫克"),
    ("ml", "毫升"),
    ("°C", "摄氏度"),
    ("℃", "摄氏度"),
    ("°", "度"),
    ("m", "米"),
    ("g", "克"),
    ("t", "吨"),
    ("L", "升"),
    ("GB", "吉字节"),
    ("MB", "兆字节"),
    ("kHz", "千赫"),
    ("Hz", "赫兹"),
    ("dB", "分贝"),
];
/// A currency's sign, and its name.
const CURRENCIES: &[(char, &str)] = &[
    ('¥', "元"),
    ('￥', "元"),
    ('$', "美元"),
    ('€', "欧元"),
    ('£', "英镑"),
];

/// The digits one by one.
pub(crate) fn by_digits(digits: &str) -> String {
    digits
        .chars()
        .filter_map(|c| DIGITS.get(c.to_digit(10)? as usize))
        .collect()
}

/// A whole number: "123" as 一百二十三.
pub(crate) fn cardinal(digits: &str) -> String {
    let plain = digits.trim_start_matches('0');
    if plain.is_empty() || plain.len() != digits.len() || plain.len() > MOST_DIGITS {
        return by_digits(digits);
    }
    let values: Vec<u32> = plain.chars().filter_map(|c| c.to_digit(10)).collect();
    let mut said = String::new();
    let mut zero = false;
    for (index, digit) in values.iter().enumerate() {
        let place = values.len() - 1 - index;
        if *digit == 0 {
            zero = true;
        } else {
            if zero && !said.is_empty() {
                said.push('零');
            }
            zero = false;
            let ten = place % 4 == 1 && said.is_empty() && *digit == 1;
            if !ten {
                let pair = *digit == 2 && place % 4 == 3
                    || *digit == 2 && place.is_multiple_of(4) && place > 0 && index == 0;
                said.push(if pair { '两' } else { DIGITS[*digit as usize] });
            }
            said.push_str(PLACES[place % 4]);
        }
        if place.is_multiple_of(4) && place > 0 && has_digits(&values, index) {
            said.push_str(GROUPS[place / 4]);
        }
    }
    said
}

/// Whether one of the four digits that end at `index` is not zero.
fn has_digits(values: &[u32], index: usize) -> bool {
    values[index.saturating_sub(3)..=index]
        .iter()
        .any(|digit| *digit > 0)
}

/// A number with or without decimals.
fn decimal(number: &str) -> String {
    match number.split_once('.') {
        None => cardinal(number),
        Some((whole, decimals)) => format!(
            "{}点{}",
            cardinal(if whole.is_empty() { "0" } else { whole }),
            by_digits(decimals)
        ),
    }
}

/// What a token that begins with a digit, a sign or a currency is said as, and how many of its bytes that takes. `rest` is
/// the text from there on.
pub(crate) fn number(rest: &str) -> Option<(String, usize)> {
    let mut said = String::new();
    let mut at = 0;
    let mut currency = None;
    let first = rest.chars().next()?;
    if let Some((_, name)) = CURRENCIES.iter().find(|(sign, _)| *sign == first) {
        currency = Some(*name);
        at += first.len_utf8();
    } else if matches!(first, '-' | '−' | '+') {
        said.push_str(if first == '+' { "正" } else { "负" });
        at += first.len_utf8();
    }
    let (digits, plain) = digits(&rest[at..])?;
    if let (true, Some((text, length))) = (
        at == 0,
        date(rest).or_else(|| time(rest)).or_else(|| fraction(rest)),
    ) {
        return Some((text, length));
    }
    at += digits;
    let behind = &rest[at..];
    if let Some(name) = currency {
        return Some((format!("{said}{}{name}", decimal(&plain)), at));
    }
    if let Some(percent) = behind.chars().next().filter(|c| matches!(c, '%' | '％')) {
        return Some((
            format!("百分之{said}{}", decimal(&plain)),
            at + percent.len_utf8(),
        ));
    }
    if let Some((unit, name)) = UNITS
        .iter()
        .find(|(unit, _)| behind.starts_with(unit) && !letter_follows(&behind[unit.len()..]))
    {
        return Some((format!("{said}{}{name}", decimal(&plain)), at + unit.len()));
    }
    let range = behind.starts_with(['-', '~', '–', '至']) && digits_follow(behind);
    let next = behind.chars().next();
    let text = match next {
        Some('年') if plain.len() == 4 || plain.len() == 2 => by_digits(&plain),
        Some(measure) if plain == "2" && MEASURES.contains(measure) => "两".to_string(),
        _ if plain.len() > 6 && !plain.contains('.') && digits == plain.len() => by_digits(&plain),
        _ => decimal(&plain),
    };
    said.push_str(&text);
    if range && !behind.starts_with('至') {
        said.push('到');
        at += next.map_or(0, char::len_utf8);
    }
    Some((said, at))
}

fn letter_follows(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn digits_follow(rest: &str) -> bool {
    rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit())
}

/// The number at the start, how many bytes it takes, and its digits without commas.
fn digits(rest: &str) -> Option<(usize, String)> {
    let bytes = rest.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut plain = String::new();
    let mut at = 0;
    let mut point = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' => plain.push(char::from(*byte)),
            b',' if digit(at + 1)
                && digit(at + 2)
                && digit(at + 3)
                && !digit(at + 4)
                && !point
                && at > 0 => {}
            b'.' if digit(at + 1) && !point && at > 0 => {
                point = true;
                plain.push('.');
            }
            _ => break,
        }
        at += 1;
    }
    (!plain.is_empty()).then_some((at, plain))
}

/// Numbers parted by one sign, as many as there are.
fn parts(rest: &str, sign: char) -> (Vec<&str>, usize) {
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != sign)
        .unwrap_or(rest.len());
    let token = rest[..end].trim_end_matches(sign);
    (token.split(sign).collect(), token.len())
}

/// "2026-11-21" and "2026/11/21".
fn date(rest: &str) -> Option<(String, usize)> {
    for sign in ['-', '/'] {
        let (parts, length) = parts(rest, sign);
        let [year, month, day] = parts.as_slice() else {
            continue;
        };
        let number = |part: &str, most: u32| {
            part.parse()
                .ok()
                .filter(|number: &u32| (1..=most).contains(number))
        };
        if year.len() == 4
            && let (Some(month), Some(day)) = (number(month, 12), number(day, 31))
        {
            let (month, day) = (cardinal(&month.to_string()), cardinal(&day.to_string()));
            return Some((format!("{}年{month}月{day}日", by_digits(year)), length));
        }
    }
    None
}

/// "10:30" and "10:30:15".
fn time(rest: &str) -> Option<(String, usize)> {
    let (parts, length) = parts(rest, ':');
    let number = |part: &str, most: u32| {
        (part.len() <= 2)
            .then(|| part.parse().ok())
            .flatten()
            .filter(|number: &u32| *number < most)
    };
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] if minute.len() == 2 => (number(hour, 25)?, number(minute, 60)?, None),
        [hour, minute, second] => (
            number(hour, 25)?,
            number(minute, 60)?,
            Some(number(second, 60)?),
        ),
        _ => return None,
    };
    let hour = if hour == 2 {
        "两".to_string()
    } else {
        cardinal(&hour.to_string())
    };
    let mut said = format!("{hour}点");
    match minute {
        0 if second.is_none() => said.push('整'),
        minute => said.push_str(&format!(
            "{}{}分",
            if minute < 10 && minute > 0 { "零" } else { "" },
            cardinal(&minute.to_string())
        )),
    }
    if let Some(second) = second {
        said.push_str(&format!("{}秒", cardinal(&second.to_string())));
    }
    Some((said, length))
}

/// "1/2" as 二分之一.
fn fraction(rest: &str) -> Option<(String, usize)> {
    let (parts, length) = parts(rest, '/');
    let [top, bottom] = parts.as_slice() else {
        return None;
    };
    let fits = |part: &str| !part.is_empty() && part.len() <= 4;
    (fits(top) && fits(bottom))
        .then(|| (format!("{}分之{}", cardinal(bottom), cardinal(top)), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        for (digits, said) in [
            ("0", "零"),
            ("5", "五"),
            ("10", "十"),
            ("15", "十五"),
            ("20", "二十"),
            ("101", "一百零一"),
            ("110", "一百一十"),
            ("200", "二百"),
            ("1000", "一千"),
            ("2005", "两千零五"),
            ("10000", "一万"),
            ("20000", "两万"),
            ("10500", "一万零五百"),
            ("120003", "十二万零三"),
            ("100000000", "一亿"),
            ("100010000", "一亿零一万"),
            ("007", "零零七"),
        ] {
            assert_eq!(cardinal(digits), said, "{digits}");
        }
    }

    #[test]
    fn tokens_with_digits() {
        for (text, said, rest) in [
            ("3.14。", "三点一四", "。"),
            ("50%的", "百分之五十", "的"),
            ("2024年", "二零二四", "年"),
            ("2个", "两", "个"),
            ("2026-11-21", "二零二六年十一月二十一日", ""),
            ("10:30", "十点三十分", ""),
            ("2:05到", "两点零五分", "到"),
            ("8:00", "八点整", ""),
            ("1/2", "二分之一", ""),
            ("-5°C", "负五摄氏度", ""),
            ("¥1,200", "一千二百元", ""),
            ("$9.5", "九点五美元", ""),
            ("13800138000", "一三八零零一三八零零零", ""),
            ("3-5天", "三到", "5天"),
            ("5km", "五公里", ""),
        ] {
            let (found, length) = number(text).unwrap();
            assert_eq!((found.as_str(), &text[length..]), (said, rest), "{text}");
        }
        assert_eq!(number("x"), None);
        assert_eq!(number("-"), None);
    }
}
