//! Rewrites a stage of a generator: one past for all of its layers, and two rows for two threads.

use super::stage::Stage;
use super::{Rewriting, TIME};
use crate::graph::attributes;
use crate::model::Tensor;

/// Kernels of convolutions give a thread at least so many channels: four blocks of 16 floats, the registers of a processor
/// with 512 bits. A stage with fewer channels for each thread is computed in two rows.
///
/// Reference: `MlasNchwcConv` of ONNX Runtime, sets of four filter blocks.
const CHANNELS_OF_A_THREAD: usize = 64;

impl Rewriting {
    /// The nodes of `stage` behind its past and the chunk.
    ///
    /// The layers pad with zeros as they always do. What that spoils on the left lies in the past, which is left away
    /// behind the stage; at the start of a stream there is no past, and zeros are what the whole graph pads with too. On
    /// the right it lies in the lookahead.
    pub(super) fn stage(&mut self, stage: &Stage, threads: usize) {
        let (rate, beyond) = (self.rates[&stage.entry], self.beyond[&stage.entry]);
        let past = format!("state_{}", self.states.len());
        let joined = self.with_growing_past(&stage.entry, stage.channels, stage.left, beyond);
        let exit = format!("{}_with_past", stage.exit);
        let known = self.length(&past);
        if threads > 1 && stage.channels < CHANNELS_OF_A_THREAD * threads {
            self.in_two_rows(stage, &joined, &exit, &known);
        } else {
            self.layers(stage, &joined, &exit);
            let (end, axis) = (self.number(i64::MAX), self.number(TIME));
            self.emit("Slice", &[&exit, &known, &end, &axis], &stage.exit);
        }
        self.rates.insert(stage.exit.clone(), rate);
        self.beyond.insert(stage.exit.clone(), beyond);
    }

    /// The nodes of `stage` from `entry` to `exit`.
    fn layers(&mut self, stage: &Stage, entry: &str, exit: &str) {
        for &index in &stage.nodes {
            let mut node = self.graph.nodes()[index].clone();
            for name in node.input.iter_mut().chain(&mut node.output) {
                if *name == stage.entry {
                    entry.clone_into(name);
                } else if *name == stage.exit {
                    exit.clone_into(name);
                }
            }
            self.nodes.push(node);
        }
    }

    /// The two halves of the samples behind the past, with all that they see, as the rows of a batch.
    ///
    /// With `T` samples, of which `P` are past, the first half ends at `h = P + (T - P) / 2`. Both rows have
    /// `h + max(left, right) + 1` samples, or all: the one from the start on, the other to the end.
    fn in_two_rows(&mut self, stage: &Stage, joined: &str, exit: &str, known: &str) {
        let name = |part: &str| format!("{}_{part}", stage.exit);
        let (zero, one, two) = (self.number(0), self.number(1), self.number(2));
        let (axis, all) = (self.number(TIME), self.number(i64::MAX));
        let total = self.length(joined);
        let new = self.emit("Sub", &[&total, known], &name("new"));
        let half = self.emit("Div", &[&new, &two], &name("half"));
        let middle = self.emit("Add", &[known, &half], &name("middle"));
        let seen = self.number((stage.left.max(stage.right) + 1) as i64);
        let row = self.emit("Add", &[&middle, &seen], &name("row"));
        let from_end = self.emit("Sub", &[&zero, &row], &name("from_end"));
        let first = self.emit("Slice", &[joined, &zero, &row, &axis], &name("first"));
        let second = self.emit("Slice", &[joined, &from_end, &all, &axis], &name("second"));
        let rows = self.joined(&[&first, &second], 0, &name("rows"));
        self.layers(stage, &rows, exit);

        let rest = self.emit("Sub", &[&middle, &total], &name("rest"));
        let bounds = [
            [(&zero, known), (&one, &middle)],
            [(&one, &rest), (&two, &all)],
        ];
        let axes = self.numbers(&[0, TIME]);
        let mut halves = Vec::new();
        for (index, [from, to]) in bounds.into_iter().enumerate() {
            let from = self.joined(&[from.0, from.1], 0, &name(&format!("from_{index}")));
            let to = self.joined(&[to.0, to.1], 0, &name(&format!("to_{index}")));
            let half = name(&format!("half_{index}"));
            halves.push(self.emit("Slice", &[exit, &from, &to, &axes], &half));
        }
        self.joined(&[&halves[0], &halves[1]], TIME, &stage.exit);
    }

    /// How many samples `tensor` has, as a tensor of one number.
    fn length(&mut self, tensor: &str) -> String {
        let (place, zero) = (self.number(TIME), 0);
        let shape = self.emit("Shape", &[tensor], &format!("{tensor}_shape"));
        let length = format!("{tensor}_length");
        let mut gather = attributes::node("Gather", &[&shape, &place], &length);
        attributes::set_int(&mut gather, "axis", zero);
        self.nodes.push(gather);
        length
    }

    fn joined(&mut self, parts: &[&str], axis: i64, output: &str) -> String {
        let mut concat = attributes::node("Concat", parts, output);
        attributes::set_int(&mut concat, "axis", axis);
        self.nodes.push(concat);
        output.to_owned()
    }

    fn emit(&mut self, operator: &str, inputs: &[&str], output: &str) -> String {
        self.nodes.push(attributes::node(operator, inputs, output));
        output.to_owned()
    }

    fn number(&mut self, value: i64) -> String {
        self.numbers(&[value])
    }

    fn numbers(&mut self, values: &[i64]) -> String {
        let tensor = Tensor::i64(&[values.len()], values.to_vec());
        self.graph.add_constant("number", &tensor)
    }
}
