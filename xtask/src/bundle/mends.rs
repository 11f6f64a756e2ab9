//! The changes that make nice-plug 0.4.2 and its windows keep what a host expects of them, as texts to replace.

/// A package as it was published, and its mends.
pub struct Published {
    /// Its name.
    pub package: &'static str,
    /// The version that the mends are for.
    pub version: &'static str,
    /// The changes, file by file.
    pub mends: &'static [Mend],
}

/// All packages that are mended: the framework, its types, and what opens its windows.
pub const PUBLISHED: [Published; 3] = [
    Published {
        package: "nice-plug",
        version: "0.4.2",
        mends: &[
            VST3_WRAPPER,
            EDITOR_WINDOW,
            BACKGROUND_THREAD,
            FIRST_LATENCY,
        ],
    },
    Published {
        package: "nice-plug-core",
        version: "0.4.2",
        mends: &[TYPED_CHOICE],
    },
    Published {
        package: "baseview",
        version: "0.4.2",
        mends: &[WINDOW_THREAD],
    },
];

/// A file of the framework and what to change in it.
pub struct Mend {
    /// Where the file lies in the package.
    pub file: &'static str,
    /// SHA-256 of the file as it was published.
    pub sha256: &'static str,
    /// The changes, each of a text that the file holds exactly once.
    pub edits: &'static [Edit],
}

/// One text and what stands in its place.
pub struct Edit {
    /// As it was published.
    pub old: &'static str,
    /// As we build it.
    pub new: &'static str,
}

/// X11: a window that is closed asks its thread to show it once more, and when the thread has ended meanwhile, it gives
/// up and leaves the thread alone. A host that quits then ends the process while the thread still frees what is its
/// own, and crashes: one run of the tests in a CLAP host in ten did.
const WINDOW_THREAD: Mend = Mend {
    file: "src/platform/x11/window_thread.rs",
    sha256: "37c8eabe91f65b262d64fe667bc2e2b437702aa63f3738be315054b992758adc",
    edits: &[Edit {
        old: "
        if let Err(e) = self.run_until_closed() {
            warn!(\"Error while closing window: {}\", e)
        }
",
        new: "
        let Some(thread) = self.event_loop_handle.take() else { return };
        if thread.join().is_err() {
            warn!(\"The thread of a window panicked\")
        }
",
    }],
};

/// The names of choices that people type were compared letter by letter, and no plugin can change that. This finds them
/// in any case and by how they begin, as the plugin's own `typed_choice` does.
const TYPED_CHOICE: Mend = Mend {
    file: "src/params/enums.rs",
    sha256: "8a4dee1f93c5ce1b0c9d5a440beb4d59409672d5a03829043e7ea13b1f886add",
    edits: &[Edit {
        old: "        let string = string.trim();
        self.variants
            .iter()
            .position(|variant| variant == &string)
            .map(|idx| self.preview_normalized(idx as i32))
",
        new: "        let plain = |text: &str| {
            let words: Vec<&str> = text.split_whitespace().collect();
            words.join(\" \").to_lowercase()
        };
        let wanted = plain(string);
        if wanted.is_empty() {
            return None;
        }
        let (mut by_words, mut by_letters) = (Vec::new(), Vec::new());
        for (idx, variant) in self.variants.iter().enumerate() {
            match plain(variant).strip_prefix(&wanted) {
                Some(\"\") => return Some(self.preview_normalized(idx as i32)),
                Some(rest) if rest.starts_with(' ') => by_words.push(idx),
                Some(_) => by_letters.push(idx),
                None => {}
            }
        }
        let found = if by_words.is_empty() { by_letters } else { by_words };
        match found[..] {
            [only] => Some(self.preview_normalized(only as i32)),
            _ => None,
        }
",
    }],
};

/// VST3: the buffer configuration was stored before the process mode was read, so that a bounce was told to be
/// real time, and what followed it to be a bounce.
///
/// And a plugin that hears the pitch wheel had 130 parameters for each channel of MIDI, 2080 in all, which hosts list.
/// There are four now: the wheel and the controllers that end notes, for all channels together.
const VST3_WRAPPER: Mend = Mend {
    file: "src/wrapper/vst3/wrapper.rs",
    sha256: "5e51d6dfb44176cea32d625712af171f350076097c64d6c77b783fd84917369c",
    edits: &[
        Edit {
            old: "
        // This is needed when activating the plugin and when restoring state
        self.inner.current_buffer_config.store(Some(BufferConfig {
            sample_rate: setup.sampleRate as f32,
            min_buffer_size: None,
            max_buffer_size: setup.maxSamplesPerBlock as u32,
            process_mode: self.inner.current_process_mode.load(),
        }));
",
            new: "",
        },
        Edit {
            old: "
        self.inner.current_process_mode.store(mode);
",
            new: "
        self.inner.current_process_mode.store(mode);

        // This is needed when activating the plugin and when restoring state
        self.inner.current_buffer_config.store(Some(BufferConfig {
            sample_rate: setup.sampleRate as f32,
            min_buffer_size: None,
            max_buffer_size: setup.maxSamplesPerBlock as u32,
            process_mode: mode,
        }));
",
        },
        Edit {
            old: "use super::util::{VST3_MIDI_CHANNELS, VST3_MIDI_PARAMS_END};
",
            new: "use super::util::{VST3_MIDI_CHANNELS, VST3_MIDI_PARAMS_END};

/// All sound off, reset of the controllers, all notes off, and kPitchBend.
const HEARD_CONTROLLERS: [u32; 4] = [120, 121, 123, 129];
",
        },
        Edit {
            old: "len() as i32 + VST3_MIDI_NUM_PARAMS as i32",
            new: "len() as i32 + HEARD_CONTROLLERS.len() as i32",
        },
        Edit {
            old: "            let midi_cc = midi_param_relative_idx % VST3_MIDI_CCS;
            let midi_channel = midi_param_relative_idx / VST3_MIDI_CCS;
            let name = match midi_cc {
                // kAfterTouch
                128 => format!(\"MIDI Ch. {} Channel Pressure\", midi_channel + 1),
                // kPitchBend
                129 => format!(\"MIDI Ch. {} Pitch Bend\", midi_channel + 1),
                n => format!(\"MIDI Ch. {} CC {}\", midi_channel + 1, n),
            };

            info.id = VST3_MIDI_PARAMS_START + midi_param_relative_idx;
",
            new: "            let Some(&midi_cc) = HEARD_CONTROLLERS.get(midi_param_relative_idx as usize) else {
                return kInvalidArgument;
            };
            let name = match midi_cc {
                // kPitchBend, which rests in its middle
                129 => {
                    info.defaultNormalizedValue = 0.5;
                    \"MIDI Pitch Bend\".to_string()
                }
                n => format!(\"MIDI CC {n}\"),
            };

            info.id = VST3_MIDI_PARAMS_START + midi_cc;
",
        },
        Edit {
            old: "            || !(0..VST3_MIDI_CCS as i16).contains(&midi_cc_number)
",
            new: "            || !HEARD_CONTROLLERS.contains(&(midi_cc_number as u32))
",
        },
        Edit {
            old: "VST3_MIDI_PARAMS_START + midi_cc_number as u32 + (channel as u32 * VST3_MIDI_CCS)",
            new: "VST3_MIDI_PARAMS_START + midi_cc_number as u32",
        },
    ],
};

/// VST3 on Linux: the worker thread borrowed the editor's window while the main thread opened or closed it, and
/// one of the two panicked. The window belongs to the main thread, so the worker has nothing to do with it; and
/// the main thread itself may come back here while it opens the window.
const EDITOR_WINDOW: Mend = Mend {
    file: "src/wrapper/vst3/inner.rs",
    sha256: "dc82c5551be5dcb912bd2b5afe04967ffb35072df757fd2a737e340291ec74cd",
    edits: &[
        Edit {
            old: "impl<P: Vst3Plugin> MainThreadExecutor<Task<P>> for WrapperInner<P> {\n",
            new: "impl<P: Vst3Plugin> WrapperInner<P> {
    /// Runs `action` on the open editor window. Skipped off the main thread, to which the window belongs, and
    /// while the window is being opened or closed.
    #[cfg(feature = \"editor\")]
    fn with_editor_window(
        &self,
        action: impl FnOnce(&SpawnedEditor<<P::Editor as Editor>::Handle>),
    ) {
        let is_main_thread = self
            .event_loop
            .borrow()
            .as_ref()
            .is_some_and(|event_loop| event_loop.is_main_thread());
        if is_main_thread
            && let Ok(window) = self.editor_window.try_borrow()
            && let Some(window) = window.as_ref()
            && let Ok(window) = window.try_get()
        {
            action(window);
        }
    }
}

impl<P: Vst3Plugin> MainThreadExecutor<Task<P>> for WrapperInner<P> {
",
        },
        Edit {
            old: "                if let Some(editor_window) = self.editor_window.borrow().as_ref() {
                    editor_window.get().handle.state_changed();
                }
",
            new: "                self.with_editor_window(|window| window.handle.state_changed());
",
        },
        Edit {
            old: "                if let Some(editor_window) = self.editor_window.borrow().as_ref() {
                    let param_id = &self.param_id_by_hash[&param_hash];
                    editor_window
                        .get()
                        .handle
                        .param_value_changed(param_id, normalized_value);
                }
",
            new: "                self.with_editor_window(|window| {
                    let param_id = &self.param_id_by_hash[&param_hash];
                    window.handle.param_value_changed(param_id, normalized_value);
                });
",
        },
        Edit {
            old: "                if let Some(editor_window) = self.editor_window.borrow().as_ref() {
                    let editor_window = editor_window.get();
                    editor_window
                        .handle
                        .host_main_thread_callback(&editor_window.window)
                }
",
            new: "                self.with_editor_window(|window| window.handle.host_main_thread_callback(&window.window));
",
        },
    ],
};

/// All formats: one worker thread serves all instances. A task that panicked, or one whose instance was gone,
/// ended it for all of them, and the last instance then panicked while it was dropped: the host aborted.
const BACKGROUND_THREAD: Mend = Mend {
    file: "src/event_loop/background_thread.rs",
    sha256: "797adf558c709fd4020c60aa7898769fef991e45763adf8e1922604d2edde55e",
    edits: &[
        Edit {
            old: "        self.tasks_sender
            .send(Message::Shutdown)
            .expect(\"Failed while sending worker thread shutdown request\");
        self.join_handle
            .take()
            // Only possible if the WorkerThread got dropped twice, somehow?
            .expect(\"Missing Worker thread JoinHandle\")
            .join()
            .expect(\"Worker thread panicked\");
",
            new: "        let Some(join_handle) = self.join_handle.take() else {
            return;
        };
        // The worker itself may hold the last instance. It cannot wait for itself: it ends when it finds
        // the sender gone.
        if join_handle.thread().id() == thread::current().id() {
            return;
        }
        // An error says that the worker has ended already, which is what is wanted.
        let _ = self.tasks_sender.send(Message::Shutdown);
        let _ = join_handle.join();
",
        },
        Edit {
            old: "                Some(e) => e.execute(task, true),
                None => {
                    nice_trace!(
                        \"Received a new task but the executor is no longer alive, shutting down \\
                         worker\"
                    );
                    return;
                }
",
            new: "                Some(e) => {
                    let run = std::panic::AssertUnwindSafe(move || e.execute(task, true));
                    if std::panic::catch_unwind(run).is_err() {
                        nice_trace!(\"A background task panicked\");
                    }
                }
                // The instance is gone; the others still need this thread.
                None => nice_trace!(\"Received a task of an instance that is no longer alive\"),
",
        },
    ],
};

/// CLAP: the latency set in `activate` is delivered when the context is dropped. With the flag already set, the
/// host was asked for a restart from inside its own call of `activate`, instead of being told the latency.
const FIRST_LATENCY: Mend = Mend {
    file: "src/wrapper/clap/wrapper.rs",
    sha256: "4a11cecd577357055005b6829e7d1149fed0791fa8b8f3becb48b80a515279e5",
    edits: &[
        Edit {
            old: "
                            wrapper.is_activated.store(true, Ordering::SeqCst);

                            result = true;
",
            new: "
                            result = true;
",
        },
        Edit {
            old: "        drop(activate_context);

        result
",
            new: "        drop(activate_context);

        if result {
            wrapper.is_activated.store(true, Ordering::SeqCst);
        }

        result
",
        },
    ],
};
