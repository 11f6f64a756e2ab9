//! The attributes of one element, and errors about them.

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

use crate::error::TextError;
use crate::position::{error_at, quoted};

/// The attributes of one element, for [`Attributes::take`] to be taken one by one.
pub(crate) struct Attributes<'a> {
    script: &'a str,
    /// Where the element begins.
    at: usize,
    element: String,
    values: Vec<(String, String)>,
}

impl<'a> Attributes<'a> {
    /// Reads those of the tag at byte `at`.
    ///
    /// # Errors
    /// For attributes that are not well-formed, or given twice.
    pub fn read(script: &'a str, at: usize, tag: &BytesStart) -> Result<Attributes<'a>, TextError> {
        let element = tag.name().as_ref().to_string();
        let wrong = |reason: String| {
            error_at(
                script,
                at,
                format!("attributes of <{element}> as name=\"value\""),
                reason,
            )
        };
        let mut values = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| wrong(error.to_string()))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| wrong(error.to_string()))?;
            values.push((attribute.key.as_ref().to_string(), value.into_owned()));
        }
        Ok(Attributes {
            script,
            at,
            element,
            values,
        })
    }

    /// Takes the value of an attribute, without the blanks around it.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let index = self.values.iter().position(|(key, _)| key == name)?;
        Some(self.values.swap_remove(index).1.trim().to_string())
    }

    /// Takes the value of an attribute that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn require(&mut self, name: &'static str) -> Result<String, TextError> {
        self.take(name).ok_or_else(|| {
            error_at(
                self.script,
                self.at,
                format!("<{} {name}=…>", self.element),
                "no such attribute",
            )
        })
    }

    /// The error that an attribute has a value that it cannot have.
    pub fn wrong(&self, name: &str, expected: &str, found: &str) -> TextError {
        let expected = format!("{name} of <{}> to be {expected}", self.element);
        error_at(self.script, self.at, expected, quoted(found))
    }

    /// Makes sure that nothing else was given.
    ///
    /// # Errors
    /// With the name of an attribute that was not taken; `known` are those that the element has.
    pub fn finish(self, known: &str) -> Result<(), TextError> {
        match self.values.first() {
            None => Ok(()),
            Some((name, _)) => {
                let expected = if known.is_empty() {
                    format!("no attributes of <{}>", self.element)
                } else {
                    format!("{known} of <{}>", self.element)
                };
                Err(error_at(
                    self.script,
                    self.at,
                    expected,
                    format!("the attribute {}", quoted(name)),
                ))
            }
        }
    }

    /// Drops the attributes that every document may have and that say nothing about speech.
    pub fn ignore_document(&mut self) {
        self.values.retain(|(name, _)| {
            name != "version" && !name.starts_with("xml") && !name.starts_with("xsi:")
        });
    }
}
