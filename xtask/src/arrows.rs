//! Checks which crates may depend on which: `dsp, text <- models <- engine <- plugin, live`, `models <- cli`, and
//! `dsp <- views`, `views, engine <- desk <- plugin, live`, and what each must never reach.

use std::collections::{BTreeMap, VecDeque};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::process;

/// Check the dependency arrows of the workspace.
#[derive(Args, Debug)]
pub struct ArrowsArgs {}

/// What a crate must not depend on, not even through others.
struct Rule {
    from: &'static str,
    /// Names of crates; a `*` at the end stands for any rest.
    never: &'static [&'static str],
    because: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        from: "syrinx-dsp",
        never: &[
            "syrinx",
            "syrinx-models",
            "syrinx-engine",
            "syrinx-plugin",
            "syrinx-live",
            "ort",
            "ort-*",
            "tract-*",
            "symphonia*",
            "hound",
            "nice-plug*",
            "rtrb",
            "cpal",
            "clap",
            "indicatif",
            "serde_json",
            "zip",
            "tokio",
            "log",
            "tracing",
        ],
        because: "dsp knows slices of samples: no threads, files, logging, networks or hosts",
    },
    Rule {
        from: "syrinx-text",
        never: &[
            "syrinx",
            "syrinx-*",
            "ort",
            "ort-*",
            "tract-*",
            "symphonia*",
            "hound",
            "nice-plug*",
            "rtrb",
            "cpal",
            "clap",
            "indicatif",
            "espeak*",
            "tokio",
            "log",
            "tracing",
        ],
        because: "text knows letters and phones: no audio, networks, files, hosts, and nothing under the GPL",
    },
    Rule {
        from: "syrinx-models",
        never: &[
            "syrinx",
            "syrinx-engine",
            "syrinx-plugin",
            "syrinx-live",
            "clap",
            "symphonia*",
            "hound",
            "indicatif",
            "nice-plug*",
            "cpal",
            "rtrb",
            "tokio",
        ],
        because: "models knows networks and voices: no command line, audio files, hosts or devices",
    },
    Rule {
        from: "syrinx",
        never: &[
            "syrinx-engine",
            "syrinx-plugin",
            "syrinx-live",
            "nice-plug*",
            "cpal",
            "jack",
            "rtrb",
            "egui*",
        ],
        because: "the command has no window, no audio device and no system packages",
    },
    Rule {
        from: "syrinx-engine",
        never: &[
            "syrinx",
            "syrinx-plugin",
            "syrinx-live",
            "nice-plug*",
            "clap",
            "clap-*",
            "vst3",
            "cpal",
            "jack",
            "jack-*",
            "alsa",
            "alsa-*",
            "egui*",
        ],
        because: "the engine runs in any host: no plugin interface, device, window or command line",
    },
    Rule {
        from: "syrinx-views",
        never: &[
            "syrinx",
            "syrinx-models",
            "syrinx-engine",
            "syrinx-desk",
            "syrinx-plugin",
            "syrinx-live",
            "nice-plug*",
            "baseview",
            "eframe",
            "cpal",
            "tract-*",
            "clap",
            "tokio",
        ],
        because: "views are drawn in any window: no plugin interface, engine, device or networks",
    },
    Rule {
        from: "syrinx-desk",
        never: &[
            "syrinx",
            "syrinx-plugin",
            "syrinx-live",
            "nice-plug*",
            "baseview",
            "eframe",
            "cpal",
            "jack",
            "clap",
        ],
        because: "voices and presets are the same behind every window: no plugin interface, no device",
    },
    Rule {
        from: "syrinx-plugin",
        never: &[
            "syrinx",
            "syrinx-live",
            "cpal",
            "jack",
            "jack-*",
            "alsa",
            "alsa-*",
        ],
        because: "the plugin gets its audio from a host and builds without system packages",
    },
    Rule {
        from: "syrinx-live",
        never: &["syrinx", "syrinx-plugin", "nice-plug*", "vst3", "baseview"],
        because: "the live program is a host of the engine, not of the plugin",
    },
    Rule {
        from: "xtask",
        never: &[
            "syrinx",
            "syrinx-*",
            "nice-plug",
            "nice-plug-core",
            "nice-plug-egui",
            "cpal",
            "egui*",
        ],
        because: "xtask builds the others, so it links none of them",
    },
];

/// The one member that may reach everything.
const SEES_ALL: &str = "syrinx-tests";

/// Which crate depends on which, by name.
type Graph = BTreeMap<String, Vec<String>>;

/// Checks every rule on the workspace as it is.
///
/// # Errors
/// With the path from the crate to each one that it must not reach.
pub fn run(_: &ArrowsArgs) -> Result<()> {
    let metadata = process::metadata()?;
    let lawless = members_without_rule(&metadata, RULES)?;
    if !lawless.is_empty() {
        bail!("no rule says what {} must never reach", lawless.join(", "));
    }
    let graph = normal_dependencies(&metadata)?;
    let broken = broken_rules(&graph, RULES)?;
    if !broken.is_empty() {
        bail!("dependency arrows broken:\n{}", broken.join("\n"));
    }
    for rule in RULES {
        println!("{:<14} {}", rule.from, rule.because);
    }
    Ok(())
}

/// The members of the workspace that no rule is about.
fn members_without_rule(metadata: &Value, rules: &[Rule]) -> Result<Vec<String>> {
    let list = |key: &str| {
        metadata[key]
            .as_array()
            .context("no workspace in cargo metadata")
    };
    let members = list("workspace_members")?;
    let names = list("packages")?
        .iter()
        .filter(|package| members.contains(&package["id"]))
        .filter_map(|package| package["name"].as_str())
        .filter(|name| *name != SEES_ALL && !rules.iter().any(|rule| rule.from == *name));
    Ok(names.map(str::to_string).collect())
}

/// Reads the graph from `cargo metadata`, without the dependencies that only tests or build scripts have.
fn normal_dependencies(metadata: &Value) -> Result<Graph> {
    let packages = metadata["packages"]
        .as_array()
        .context("no packages in cargo metadata")?;
    let names: BTreeMap<&str, &str> = packages
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
        .collect();
    let nodes = metadata["resolve"]["nodes"]
        .as_array()
        .context("no graph in cargo metadata")?;

    let mut graph = Graph::new();
    for node in nodes {
        let id = node["id"].as_str().context("a node without id")?;
        let edges = graph.entry(names[id].to_string()).or_default();
        for dependency in node["deps"].as_array().into_iter().flatten() {
            let kinds = dependency["dep_kinds"]
                .as_array()
                .context("a dependency without kind")?;
            if kinds.iter().any(|kind| kind["kind"].is_null()) {
                let id = dependency["pkg"]
                    .as_str()
                    .context("a dependency without id")?;
                edges.push(names[id].to_string());
            }
        }
    }
    Ok(graph)
}

/// The lines that say which crate reaches what it must not, and how.
fn broken_rules(graph: &Graph, rules: &[Rule]) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for rule in rules {
        let paths = paths_from(graph, rule.from)
            .with_context(|| format!("no crate named {} in the workspace", rule.from))?;
        for (name, path) in paths {
            if name != rule.from && rule.never.iter().any(|pattern| matches(pattern, &name)) {
                broken.push(format!("  {}   ({})", path.join(" -> "), rule.because));
            }
        }
    }
    Ok(broken)
}

/// The shortest path to each crate that `from` reaches.
fn paths_from(graph: &Graph, from: &str) -> Option<BTreeMap<String, Vec<String>>> {
    let (from, _) = graph.get_key_value(from)?;
    let mut paths = BTreeMap::from([(from.clone(), vec![from.clone()])]);
    let mut waiting = VecDeque::from([from]);
    while let Some(name) = waiting.pop_front() {
        let here = paths[name].clone();
        for next in graph.get(name).into_iter().flatten() {
            if !paths.contains_key(next) {
                paths.insert(
                    next.clone(),
                    [here.as_slice(), std::slice::from_ref(next)].concat(),
                );
                waiting.push_back(next);
            }
        }
    }
    Some(paths)
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NO_SOCKETS: Rule = Rule {
        from: "low",
        never: &["socket", "net-*"],
        because: "it is low",
    };

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        edges
            .iter()
            .map(|(name, next)| (name.to_string(), owned(next)))
            .collect()
    }

    #[test]
    fn a_crate_that_reaches_nothing_forbidden_keeps_the_rule() {
        let graph = graph(&[
            ("low", &["maths"]),
            ("maths", &[]),
            ("high", &["low", "socket"]),
            ("socket", &[]),
        ]);
        assert_eq!(
            broken_rules(&graph, &[NO_SOCKETS]).unwrap(),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_shortest_path_to_a_forbidden_crate_is_shown() {
        let graph = graph(&[
            ("low", &["a", "b"]),
            ("a", &["c"]),
            ("b", &["socket"]),
            ("c", &["b", "low"]),
            ("socket", &[]),
        ]);
        let broken = broken_rules(&graph, &[NO_SOCKETS]).unwrap();
        assert_eq!(broken, ["  low -> b -> socket   (it is low)"]);
    }

    #[test]
    fn a_star_matches_any_rest_and_a_plain_name_only_itself() {
        let graph = graph(&[
            ("low", &["net-udp", "sockets"]),
            ("net-udp", &[]),
            ("sockets", &[]),
        ]);
        let broken = broken_rules(&graph, &[NO_SOCKETS]).unwrap();
        assert_eq!(broken, ["  low -> net-udp   (it is low)"]);
    }

    #[test]
    fn a_member_that_no_rule_is_about_is_named() {
        let metadata = json!({
            "workspace_members": ["1", "2", "3"],
            "packages": [{"id": "1", "name": "low"}, {"id": "2", "name": "new"}, {"id": "3", "name": SEES_ALL},
                         {"id": "4", "name": "theirs"}]
        });
        assert_eq!(
            members_without_rule(&metadata, &[NO_SOCKETS]).unwrap(),
            ["new"]
        );
    }

    #[test]
    fn a_rule_about_no_crate_is_an_error() {
        assert!(broken_rules(&graph(&[("high", &[])]), &[NO_SOCKETS]).is_err());
    }

    #[test]
    fn dependencies_of_tests_and_build_scripts_do_not_count() {
        let metadata = json!({
            "packages": [{"id": "1", "name": "low"}, {"id": "2", "name": "maths"}, {"id": "3", "name": "bench"},
                         {"id": "4", "name": "cc"}],
            "resolve": {"nodes": [
                {"id": "1", "deps": [
                    {"pkg": "2", "dep_kinds": [{"kind": null}, {"kind": "dev"}]},
                    {"pkg": "3", "dep_kinds": [{"kind": "dev"}]},
                    {"pkg": "4", "dep_kinds": [{"kind": "build"}]}]},
                {"id": "2", "deps": []}, {"id": "3", "deps": []}, {"id": "4", "deps": []}]}
        });
        let graph = normal_dependencies(&metadata).unwrap();
        assert_eq!(graph["low"], ["maths"]);
    }
}
