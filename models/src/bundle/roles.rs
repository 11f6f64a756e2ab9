//! Reads the files of a manifest by their roles, of which none may come twice.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserializer;
use serde::de::{Error as _, MapAccess, Visitor};

use super::manifest::FileEntry;

/// A map in which a key that comes twice is an error: readers would disagree on which one counts.
pub(super) fn unique_roles<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, FileEntry>, D::Error> {
    struct Roles;

    impl<'de> Visitor<'de> for Roles {
        type Value = BTreeMap<String, FileEntry>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map from roles to files")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut files = BTreeMap::new();
            while let Some((role, entry)) = map.next_entry::<String, FileEntry>()? {
                if files.contains_key(&role) {
                    return Err(A::Error::custom(format!("the role {role:?} comes twice")));
                }
                files.insert(role, entry);
            }
            Ok(files)
        }
    }

    deserializer.deserialize_map(Roles)
}
