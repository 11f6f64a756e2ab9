//! Asks an ONNX Runtime library for its version.

use std::ffi::CStr;
use std::path::Path;

use libloading::{Library, Symbol};
use ort::sys::OrtApiBase;

/// The one function that every build exports.
type GetApiBase = unsafe extern "system" fn() -> *const OrtApiBase;

/// The version of the library at `path`, such as `1.31.1`: by its own words, since Windows does not name its file by it.
/// It must be open already. `None` if it does not say.
pub(super) fn library_version(path: &Path) -> Option<String> {
    // SAFETY: it was opened before and stays open, so nothing of it runs again: the system hands out the same one.
    let library = unsafe { Library::new(path) }.ok()?;
    // SAFETY: builds of all versions declare it so.
    let get_api_base: Symbol<'_, GetApiBase> = unsafe { library.get(b"OrtGetApiBase") }.ok()?;
    // SAFETY: what it returns lives as long as the library, or is null.
    let base = unsafe { get_api_base().as_ref() }?;
    // SAFETY: it takes nothing, and returns a text that lives as long as the library.
    let version = unsafe { (base.GetVersionString)() };
    if version.is_null() {
        return None;
    }
    // SAFETY: the interface promises an end of the text.
    let version = unsafe { CStr::from_ptr(version) };
    Some(version.to_string_lossy().into_owned())
}
