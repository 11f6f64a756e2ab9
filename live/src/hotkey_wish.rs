//! A wish for a key that counts in every window, as typed.

use std::str::FromStr;

use crate::controls::Action;

/// A wish for a key that counts in every window: `ACTION=KEY`.
#[derive(Clone, Debug, PartialEq)]
pub struct HotkeyWish {
    /// What the key does.
    pub action: Action,
    /// The key, such as `F9` or `Ctrl+Shift+M`.
    pub key: String,
}

impl FromStr for HotkeyWish {
    type Err = String;

    fn from_str(text: &str) -> Result<HotkeyWish, String> {
        let (name, key) = text
            .split_once('=')
            .filter(|(_, key)| !key.is_empty())
            .ok_or_else(|| format!("expected ACTION=KEY, found {text}"))?;
        let action = Action::named(name)
            .ok_or_else(|| format!("expected {}, found {name}", Action::NAMES))?;
        Ok(HotkeyWish {
            action,
            key: key.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_and_a_key_make_a_wish() {
        let wish: HotkeyWish = "mute=Ctrl+Shift+M".parse().unwrap();
        assert_eq!(
            (wish.action, wish.key.as_str()),
            (Action::Mute, "Ctrl+Shift+M")
        );
        for (text, expected) in [
            ("F9", "expected ACTION=KEY, found F9"),
            ("mute=", "expected ACTION=KEY, found mute="),
            ("quit=F9", "voice-1 to voice-9, found quit"),
        ] {
            let error = text.parse::<HotkeyWish>().unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}
