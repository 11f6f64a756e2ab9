//! Reads a Python pickle as data: nothing is imported, called or executed.
//!
//! What a pickle would call stands in the result as an object with a class name and arguments; whoever reads it
//! takes the few classes that are known. Format: CPython, `Lib/pickletools.py`; protocols 2 to 5.

use std::collections::HashMap;

use super::error::RetrievalError;
use super::fields::Fields;

/// A value of a [`Pickle`].
pub(super) type Id = usize;

/// Far beyond the few dozen that a speaker takes; bounds time and memory of a hostile file.
const MAX_STEPS: usize = 1 << 20;

/// What a pickle describes.
pub(super) struct Pickle<'a> {
    values: Vec<Value<'a>>,
    root: Id,
}

/// One value; others that it holds are named by their [`Id`], so that no value nests in another.
#[derive(Debug)]
pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Sequence(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// Module and name.
    Global(&'a str, &'a str),
    Object {
        class: Id,
        arguments: Id,
        state: Option<Id>,
    },
}

impl<'a> Pickle<'a> {
    /// Reads the pickle at the start of `bytes`.
    pub(super) fn read(file: &'a str, bytes: &'a [u8]) -> Result<Pickle<'a>, RetrievalError> {
        let mut machine = Machine {
            fields: Fields::new(file, bytes),
            at: 0,
            values: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        };
        for _ in 0..MAX_STEPS {
            if let Some(root) = machine.step()? {
                let values = machine.values;
                return Ok(Pickle { values, root });
            }
        }
        Err(machine.odd(&format!("at most {MAX_STEPS} steps"), "more"))
    }

    pub(super) fn root(&self) -> Id {
        self.root
    }

    pub(super) fn value(&self, id: Id) -> &Value<'a> {
        &self.values[id]
    }

    /// The value of a key that is text, in a dictionary.
    pub(super) fn entry(&self, dict: Id, key: &str) -> Option<Id> {
        let Value::Dict(entries) = self.value(dict) else {
            return None;
        };
        let found = entries
            .iter()
            .rev()
            .find(|(name, _)| matches!(self.value(*name), Value::Text(text) if *text == key));
        found.map(|(_, value)| *value)
    }

    /// The items of a tuple or list.
    pub(super) fn items(&self, id: Id) -> Option<&[Id]> {
        match self.value(id) {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// An object's class, arguments and state.
    pub(super) fn object(&self, id: Id) -> Option<(&'a str, &'a str, &[Id], Option<Id>)> {
        let Value::Object {
            class,
            arguments,
            state,
        } = self.value(id)
        else {
            return None;
        };
        let Value::Global(module, name) = self.value(*class) else {
            return None;
        };
        Some((module, name, self.items(*arguments)?, *state))
    }

    /// The value as a message shows it.
    pub(super) fn describe(&self, id: Id) -> String {
        match self.value(id) {
            Value::None => "None".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Text(text) => {
                format!("the text {:?}", text.chars().take(40).collect::<String>())
            }
            Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Value::Sequence(items) => format!("a sequence of {}", items.len()),
            Value::Dict(entries) => format!("a dictionary of {}", entries.len()),
            Value::Global(module, name) => format!("the name {module}.{name}"),
            Value::Object { .. } => match self.object(id) {
                Some((module, name, ..)) => format!("an object of {module}.{name}"),
                None => "an object".to_owned(),
            },
        }
    }
}

/// The stack machine that a pickle is a program for.
struct Machine<'a> {
    fields: Fields<'a>,
    /// Where the step starts.
    at: usize,
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<'a> Machine<'a> {
    /// Does one step; gives the result at the last.
    fn step(&mut self) -> Result<Option<Id>, RetrievalError> {
        self.at = self.fields.offset();
        match self.fields.u8("a step of the pickle")? {
            b'.' => return self.pop().map(Some),
            0x80 => drop(self.fields.u8("the protocol")?),
            0x95 => drop(self.fields.u64("a frame")?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_mark()?),
            code @ (b'q' | b'r' | b'h' | b'j' | 0x94 | b'2') => self.remember(code)?,
            code @ (b']' | b')' | b'}' | b't' | b'l' | b'd' | 0x85..=0x87) => self.gather(code)?,
            code @ (b'a' | b'e' | b's' | b'u') => self.fill(code)?,
            code @ (b'c' | 0x93 | b'R' | 0x81 | 0x92 | b'b') => self.construct(code)?,
            code => {
                let value = self.scalar(code)?;
                self.push(value);
            }
        }
        Ok(None)
    }

    /// Numbers, text and bytes.
    fn scalar(&mut self, code: u8) -> Result<Value<'a>, RetrievalError> {
        const PART: &str = "a value of the pickle";
        let fields = &mut self.fields;
        Ok(match code {
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b'J' => Value::Int(fields.i32(PART)?.into()),
            b'K' => Value::Int(fields.u8(PART)?.into()),
            b'M' => Value::Int(fields.u16(PART)?.into()),
            b'G' => Value::Float(fields.f64_be(PART)?),
            0x8a => self.long()?,
            0x8c | b'X' | 0x8d => Value::Text(self.text(code)?),
            b'C' | b'B' | 0x8e | 0x96 => {
                let count = match code {
                    b'C' => fields.u8(PART)?.into(),
                    b'B' => fields.u32(PART)?.into(),
                    _ => fields.u64(PART)?,
                };
                Value::Bytes(fields.take(PART, count, 1)?)
            }
            b'Q' => return Err(self.odd("a NumPy array", "a tensor of torch")),
            _ => {
                let found = format!("the code 0x{code:02x}");
                return Err(self.odd("a step of protocols 2 to 5", &found));
            }
        })
    }

    fn text(&mut self, code: u8) -> Result<&'a str, RetrievalError> {
        const PART: &str = "a text of the pickle";
        let count = match code {
            0x8c => self.fields.u8(PART)?.into(),
            b'X' => self.fields.u32(PART)?.into(),
            _ => self.fields.u64(PART)?,
        };
        let bytes = self.fields.take(PART, count, 1)?;
        std::str::from_utf8(bytes).map_err(|_| self.odd("text in UTF-8", "other bytes"))
    }

    /// A whole number of up to 8 bytes.
    fn long(&mut self) -> Result<Value<'a>, RetrievalError> {
        let count = self.fields.u8("a number of the pickle")?;
        let bytes = self
            .fields
            .take("a number of the pickle", count.into(), 1)?;
        if bytes.len() > 8 {
            let found = format!("{count} bytes");
            return Err(self.odd("a number of at most 8 bytes", &found));
        }
        let negative = bytes.last().is_some_and(|last| *last >= 0x80);
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        Ok(Value::Int(i64::from_le_bytes(wide)))
    }

    /// Notes the top of the stack, or brings back what was noted.
    fn remember(&mut self, code: u8) -> Result<(), RetrievalError> {
        const PART: &str = "a memo of the pickle";
        let key = match code {
            b'q' | b'h' => self.fields.u8(PART)?.into(),
            b'r' | b'j' => self.fields.u32(PART)?,
            _ => self.memo.len() as u32,
        };
        match code {
            b'h' | b'j' => match self.memo.get(&key) {
                Some(id) => self.stack.push(*id),
                None => return Err(self.odd("a memo that was made", &format!("memo {key}"))),
            },
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
            }
            _ => {
                let top = self.top()?;
                self.memo.insert(key, top);
            }
        }
        Ok(())
    }

    /// Makes a container of what lies on the stack.
    fn gather(&mut self, code: u8) -> Result<(), RetrievalError> {
        let value = match code {
            b']' | b')' => Value::Sequence(Vec::new()),
            b'}' => Value::Dict(Vec::new()),
            b't' | b'l' => Value::Sequence(self.pop_mark()?),
            b'd' => {
                let items = self.pop_mark()?;
                Value::Dict(self.pairs(&items)?)
            }
            _ => {
                let mut items = Vec::new();
                for _ in 0..=code - 0x85 {
                    items.insert(0, self.pop()?);
                }
                Value::Sequence(items)
            }
        };
        self.push(value);
        Ok(())
    }

    /// Adds to a container.
    fn fill(&mut self, code: u8) -> Result<(), RetrievalError> {
        let added = match code {
            b'a' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.pop_mark()?,
        };
        let pairs = match code {
            b's' | b'u' => self.pairs(&added)?,
            _ => Vec::new(),
        };
        let top = self.top()?;
        match (&mut self.values[top], code) {
            (Value::Sequence(items), b'a' | b'e') => items.extend(added),
            (Value::Dict(entries), b's' | b'u') => entries.extend(pairs),
            _ => return Err(self.odd("a list or dictionary to add to", "another value")),
        }
        Ok(())
    }

    /// Names, and what would be made of them.
    fn construct(&mut self, code: u8) -> Result<(), RetrievalError> {
        match code {
            b'c' => {
                let module = self.fields.line("a module's name")?;
                let name = self.fields.line("a class' name")?;
                let text = |bytes| std::str::from_utf8(bytes).ok();
                let (Some(module), Some(name)) = (text(module), text(name)) else {
                    return Err(self.odd("names in UTF-8", "other bytes"));
                };
                self.push(Value::Global(module, name));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) =
                    (&self.values[module], &self.values[name])
                else {
                    return Err(self.odd("the names of module and class", "another value"));
                };
                let global = Value::Global(module, name);
                self.push(global);
            }
            b'b' => {
                let made = Some(self.pop()?);
                let top = self.top()?;
                match &mut self.values[top] {
                    Value::Object { state, .. } => *state = made,
                    _ => return Err(self.odd("an object for a state", "another value")),
                }
            }
            _ => {
                if code == 0x92 {
                    self.pop()?;
                }
                let (arguments, class) = (self.pop()?, self.pop()?);
                self.push(Value::Object {
                    class,
                    arguments,
                    state: None,
                });
            }
        }
        Ok(())
    }

    fn pairs(&self, items: &[Id]) -> Result<Vec<(Id, Id)>, RetrievalError> {
        let (pairs, rest) = items.as_chunks();
        if !rest.is_empty() {
            return Err(self.odd("a value for each key", "a key without one"));
        }
        Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect())
    }

    fn push(&mut self, value: Value<'a>) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    /// The height below which only a mark lets one reach.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Id, RetrievalError> {
        let above = self.stack[self.floor()..].last().copied();
        above.ok_or_else(|| self.odd("a value on the stack", "none"))
    }

    fn pop(&mut self) -> Result<Id, RetrievalError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// What was pushed since the last mark.
    fn pop_mark(&mut self) -> Result<Vec<Id>, RetrievalError> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark)),
            None => Err(self.odd("a mark on the stack", "none")),
        }
    }

    fn odd(&self, expected: &str, found: &str) -> RetrievalError {
        self.fields
            .malformed("the pickle", self.at, expected, found)
    }
}
