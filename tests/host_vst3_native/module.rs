//! The plugin's shared library, opened and left as a VST3 host does it.

use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::ptr::null_mut;

use libloading::{Library, Symbol};
use vst3::Steinberg::Vst::IComponent;
use vst3::Steinberg::{IPluginFactory, IPluginFactoryTrait, PClassInfo, TUID, kResultOk};
use vst3::{ComPtr, Interface};

/// What hosts look for among the classes of a module.
const CATEGORY: &str = "Audio Module Class";

/// The opened library of a bundle; dropping it leaves and unloads it.
pub struct Module {
    /// `None` when it is being left.
    factory: Option<ComPtr<IPluginFactory>>,
    class: TUID,
    library: Library,
}

// SAFETY: what it says of itself never changes, and its factory counts references atomically and makes each instance on
// the thread that asks.
unsafe impl Sync for Module {}

/// Where a bundle has the library for this system.
pub fn binary(bundle: &Path) -> PathBuf {
    let (system, extension) = match cfg!(windows) {
        true => ("win", "vst3"),
        false => ("linux", "so"),
    };
    let folder = format!("{}-{system}", std::env::consts::ARCH);
    let library = bundle.join("Contents").join(folder).join("Syrinx");
    library.with_extension(extension)
}

impl Module {
    /// Opens the library of a bundle and finds the one plugin in it.
    pub fn open(bundle: &Path) -> Module {
        let path = binary(bundle);
        let library = enter(&path);
        let factory = factory(&library);
        let class = only_class(&factory);
        Module {
            factory: Some(factory),
            class,
            library,
        }
    }

    /// A new instance's component.
    pub fn create(&self) -> ComPtr<IComponent> {
        let factory = self.factory.as_ref().expect("it is open");
        let mut object: *mut c_void = null_mut();
        // SAFETY: both ids are 16 bytes, and the pointer can be written.
        let result = unsafe {
            factory.createInstance(
                self.class.as_ptr(),
                IComponent::IID.as_ptr().cast(),
                &mut object,
            )
        };
        assert_eq!(result, kResultOk, "an instance");
        // SAFETY: it is null or what was asked for, with a reference for us.
        let component = unsafe { ComPtr::from_raw(object.cast::<IComponent>()) };
        component.expect("a component")
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // What the library made is gone before it is left.
        self.factory = None;
        leave(&self.library);
    }
}

/// Loads the library and tells it that a host has.
#[cfg(target_os = "linux")]
fn enter(path: &Path) -> Library {
    use libloading::os::unix;
    // SAFETY: the file is the plugin that this workspace has built; loading it does nothing.
    let library = unsafe { unix::Library::new(path) };
    let library = library.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let handle = library.into_raw();
    // SAFETY: the handle is the one that was taken out of a library just now.
    let library = Library::from(unsafe { unix::Library::from_raw(handle) });
    // SAFETY: VST3 says that this is its type.
    let entry: Symbol<unsafe extern "C" fn(*mut c_void) -> bool> =
        unsafe { library.get(c"ModuleEntry") }.expect("the entry");
    // SAFETY: it gets the handle of its own library, as VST3 wants it.
    assert!(unsafe { entry(handle) }, "it refuses to be entered");
    library
}

/// Loads the library and tells it that a host has.
#[cfg(windows)]
fn enter(path: &Path) -> Library {
    // SAFETY: the file is the plugin that this workspace has built; loading it does nothing.
    let library = unsafe { Library::new(path) };
    let library = library.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    call(&library, "InitDll");
    library
}

/// Tells the library that the host leaves it.
fn leave(library: &Library) {
    let name = match cfg!(windows) {
        true => "ExitDll",
        false => "ModuleExit",
    };
    call(library, name);
}

/// Calls one of the functions that take nothing and say whether they did what they should.
fn call(library: &Library, name: &str) {
    // SAFETY: VST3 says that this is the type of these functions.
    let function: Symbol<unsafe extern "system" fn() -> bool> =
        unsafe { library.get(name) }.unwrap_or_else(|error| panic!("{name}: {error}"));
    // SAFETY: each is called once, in VST3's order.
    assert!(unsafe { function() }, "{name}");
}

fn factory(library: &Library) -> ComPtr<IPluginFactory> {
    // SAFETY: VST3 says that this is its type.
    let get: Symbol<unsafe extern "system" fn() -> *mut IPluginFactory> =
        unsafe { library.get(c"GetPluginFactory") }.expect("GetPluginFactory");
    // SAFETY: the library was entered, and the reference that it returns is ours.
    unsafe { ComPtr::from_raw(get()) }.expect("a factory")
}

/// The id of the one plugin.
fn only_class(factory: &ComPtr<IPluginFactory>) -> TUID {
    // SAFETY: a factory can be asked at any time.
    let count = unsafe { factory.countClasses() };
    assert_eq!(count, 1, "classes");
    let mut info = PClassInfo {
        cid: [0; 16],
        cardinality: 0,
        category: [0; 32],
        name: [0; 64],
    };
    // SAFETY: there is a class 0, and the place for what is said of it can be written.
    let result = unsafe { factory.getClassInfo(0, &mut info) };
    assert_eq!(result, kResultOk, "class 0");
    let text = |letters: &[std::ffi::c_char]| -> String {
        let bytes = letters.iter().map(|&letter| letter as u8);
        let bytes: Vec<u8> = bytes.take_while(|&byte| byte != 0).collect();
        String::from_utf8(bytes).expect("UTF-8")
    };
    assert_eq!(text(&info.category), CATEGORY);
    assert_eq!(text(&info.name), "Syrinx");
    info.cid
}
