//! A measured number beside what it should be, and the table of them.

use std::fmt::Write;

use serde_json::{Value, json};

/// A measured number beside what it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// The number, or why there is none.
    pub value: Result<f64, String>,
    /// The unit; empty for a ratio.
    pub unit: &'static str,
    /// What the number must not exceed; a number without is for information.
    pub limit: Option<f64>,
    /// What else there is to say.
    pub note: String,
}

/// What a row says of its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Within the limit.
    Ok,
    /// Beyond the limit.
    Over,
    /// There is no limit.
    Info,
    /// There is no number.
    Missing,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Over => "OVER",
            Verdict::Missing => "none",
            Verdict::Info => "",
        }
    }
}

impl Row {
    /// A number for information.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Row {
        Row {
            name: name.into(),
            value: Ok(value),
            unit,
            limit: None,
            note: String::new(),
        }
    }

    /// Says why there is no number.
    pub fn missing(name: impl Into<String>, why: impl Into<String>) -> Row {
        Row {
            name: name.into(),
            value: Err(why.into()),
            unit: "",
            limit: None,
            note: String::new(),
        }
    }

    pub fn limit(self, limit: f64) -> Row {
        Row {
            limit: Some(limit),
            ..self
        }
    }

    pub fn note(self, note: impl Into<String>) -> Row {
        Row {
            note: note.into(),
            ..self
        }
    }

    /// The row as JSON, `value` being null where there is no number.
    pub fn to_json(&self) -> Value {
        let note = self.value.as_ref().err().unwrap_or(&self.note);
        json!({
            "name": self.name, "value": self.value.as_ref().ok(), "unit": self.unit, "limit": self.limit,
            "verdict": self.verdict().word(), "note": note,
        })
    }

    /// What the row says of its limit. NaN is beyond any.
    pub fn verdict(&self) -> Verdict {
        match (&self.value, self.limit) {
            (Err(_), _) => Verdict::Missing,
            (Ok(_), None) => Verdict::Info,
            (Ok(value), Some(limit)) if *value <= limit => Verdict::Ok,
            (Ok(_), Some(_)) => Verdict::Over,
        }
    }
}

/// The rows as an aligned table.
pub fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let value = row
            .value
            .as_ref()
            .map_or_else(|_| "-".to_string(), |value| number(*value));
        let limit = row
            .limit
            .map_or_else(String::new, |limit| format!("<= {}", number(limit)));
        let verdict = row.verdict().word();
        let note = row.value.as_ref().err().unwrap_or(&row.note);
        let line = format!(
            "{:<width$}  {value:>9} {:<5} {limit:<9} {verdict:<4}  {note}",
            row.name, row.unit
        );
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// Three significant digits, without an exponent where that stays short.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_string(),
        size if size < 1e-3 => format!("{value:.1e}"),
        size if size < 1.0 => format!("{value:.4}"),
        size if size < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    }
}

/// The middle of the values; the lower one of two.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_at_its_limit_is_ok_and_nan_is_not() {
        let row = |value| Row::new("a", value, "").limit(0.1);
        assert_eq!(row(0.1).verdict(), Verdict::Ok);
        assert_eq!(row(0.1001).verdict(), Verdict::Over);
        assert_eq!(row(f64::NAN).verdict(), Verdict::Over);
        assert_eq!(Row::new("a", 5.0, "").verdict(), Verdict::Info);
        assert_eq!(
            Row::missing("a", "no library").limit(1.0).verdict(),
            Verdict::Missing
        );
    }

    #[test]
    fn columns_line_up_and_a_missing_number_says_why() {
        let rows = [
            Row::new("short", 0.0712, "").limit(0.1).note("median of 3"),
            Row::new("a longer name", 1234.6, "MB").limit(30.0),
            Row::missing("third", "no library"),
        ];
        let expected = "\
short             0.0712       <= 0.1000 ok    median of 3
a longer name       1235 MB    <= 30.00  OVER
third                  -                 none  no library
";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn json_has_null_where_there_is_no_number() {
        let row = Row::new("a", 2.0, "ms").limit(1.0);
        let expected = json!({"name": "a", "value": 2.0, "unit": "ms", "limit": 1.0, "verdict": "OVER", "note": ""});
        assert_eq!(row.to_json(), expected);
        let missing = Row::missing("b", "no library").to_json();
        assert_eq!(
            (&missing["value"], &missing["note"]),
            (&Value::Null, &json!("no library"))
        );
    }

    #[test]
    fn small_numbers_keep_their_size() {
        let shown: Vec<_> = [0.0, 3.2e-5, 0.00712, 2.5, 600.4].map(number).to_vec();
        assert_eq!(shown, ["0", "3.2e-5", "0.0071", "2.50", "600"]);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }
}
