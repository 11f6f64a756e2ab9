//! Keys that count in every window, where the system allows it.

use crate::controls::Action;
use crate::error::LiveError;
use crate::hotkey_wish::HotkeyWish;

/// Keys that count in every window. Dropped, they no longer do.
///
/// X11 alone: on Wayland no program may listen to the keys of others, and on Windows and macOS the system tells of them
/// only through a window, which this program has not.
pub struct Hotkeys {
    #[cfg(target_os = "linux")]
    _manager: global_hotkey::GlobalHotKeyManager,
    actions: Vec<(u32, Action)>,
}

#[cfg(target_os = "linux")]
impl Hotkeys {
    /// Takes the keys that are wished for.
    ///
    /// # Errors
    /// If a key is none, another program has it, or there is no X server.
    pub fn take(wishes: &[HotkeyWish]) -> Result<Hotkeys, LiveError> {
        use global_hotkey::hotkey::HotKey;
        let refused = |key: &str, problem: String| LiveError::Hotkey {
            key: key.to_owned(),
            problem,
        };
        let first = wishes.first().map_or("", |wish| wish.key.as_str());
        reachable(|name| std::env::var(name).unwrap_or_default())
            .map_err(|problem| refused(first, problem.to_owned()))?;
        let manager = global_hotkey::GlobalHotKeyManager::new()
            .map_err(|error| refused(first, error.to_string()))?;
        let mut actions = Vec::new();
        for wish in wishes {
            let key: HotKey = wish.key.parse().map_err(|error| {
                refused(
                    &wish.key,
                    format!("{error} (expected a key such as F9 or Ctrl+Shift+M)"),
                )
            })?;
            manager
                .register(key)
                .map_err(|error| refused(&wish.key, error.to_string()))?;
            // Where the X server does not answer, the library accepts every key and never tells of one; where it does,
            // it refuses a key that it has already.
            if manager.register(key).is_ok() {
                return Err(refused(
                    &wish.key,
                    "the X server does not answer".to_owned(),
                ));
            }
            actions.push((key.id(), wish.action));
        }
        Ok(Hotkeys {
            _manager: manager,
            actions,
        })
    }

    /// What was asked for since the last time.
    pub fn asked(&self) -> Vec<Action> {
        use global_hotkey::{GlobalHotKeyEvent, HotKeyState};
        let events = GlobalHotKeyEvent::receiver().try_iter();
        let actions = events.filter_map(|event| {
            let (_, action) = self.actions.iter().find(|(id, _)| *id == event.id)?;
            match (action, event.state) {
                (Action::ToggleTalk, state) => Some(Action::Talk(state == HotKeyState::Pressed)),
                (action, HotKeyState::Pressed) => Some(*action),
                _ => None,
            }
        });
        actions.collect()
    }
}

#[cfg(not(target_os = "linux"))]
impl Hotkeys {
    /// Takes the keys that are wished for.
    ///
    /// # Errors
    /// Always: the system tells of keys only through a window.
    pub fn take(wishes: &[HotkeyWish]) -> Result<Hotkeys, LiveError> {
        Err(LiveError::Hotkey {
            key: wishes.first().map_or("", |wish| wish.key.as_str()).to_owned(),
            problem: "this system tells of keys only through a window; --remote does the same from elsewhere".to_owned(),
        })
    }

    /// What was asked for since the last time.
    pub fn asked(&self) -> Vec<Action> {
        self.actions.iter().map(|(_, action)| *action).collect()
    }
}

/// Whether keys of other windows can be had in the environment that `variable` gives.
#[cfg(target_os = "linux")]
fn reachable(variable: impl Fn(&str) -> String) -> Result<(), &'static str> {
    if !variable("WAYLAND_DISPLAY").is_empty() {
        return Err(
            "Wayland lets no program hear the keys of others; bind a key in the desktop's settings to a program that \
             uses --remote",
        );
    }
    if variable("DISPLAY").is_empty() {
        return Err("no X server (expected one named by DISPLAY)");
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn where_keys_cannot_be_had_it_is_said_in_words() {
        let on = |display: &'static str, wayland: &'static str| {
            reachable(|name| match name {
                "DISPLAY" => display.to_owned(),
                _ => wayland.to_owned(),
            })
        };
        assert_eq!(on(":0", ""), Ok(()));
        assert!(on(":0", "wayland-0").unwrap_err().contains("Wayland"));
        assert!(on("", "").unwrap_err().contains("DISPLAY"));
    }
}
