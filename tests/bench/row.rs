//! Prints a number for the program that reads it.

use serde_json::json;

/// Prints one number.
pub fn print(name: &str, value: f64, unit: &str, note: &str) {
    println!(
        "{}",
        json!({"name": name, "value": value, "unit": unit, "note": note})
    );
}
