//! Public voices with words of a script: their levels, their pauses, their repetition.

use super::*;

#[test]
fn words_follow_their_own_level() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let (_, mut voice) = voice(&["piper.json", "piper.onnx"], &runtime);
    let mut segment = segment(&golden);
    let (plain, words, _) = say(voice.as_mut(), &segment, &even(), 1);
    segment.words[1].prosody.volume = -20.0;
    let (quieter, ..) = say(voice.as_mut(), &segment, &even(), 1);
    let second = words[1].samples.start as usize;
    assert_eq!(plain[..second], quieter[..second]);
    // Ten milliseconds later it is a tenth.
    let settled = second + 170;
    for (a, b) in quieter[settled..].iter().zip(&plain[settled..]) {
        assert!((a * 10.0 - b).abs() < 1e-5);
    }
}

#[test]
fn a_pipeline_of_a_real_voice_repeats_itself_and_keeps_its_pauses() {
    let Some(runtime) = ort() else { return };
    let golden = golden();
    let (_, voice) = voice(&["piper.json", "piper.onnx"], &runtime);
    let mut pipeline = TtsPipeline::new(voice, SpeechSettings::default(), 5).unwrap();
    let script = || vec![segment(&golden), segment(&golden)];
    let speak = |pipeline: &mut TtsPipeline| -> (Vec<f32>, Vec<WordTiming>) {
        let (mut samples, mut words) = (Vec::new(), Vec::new());
        for chunk in pipeline.speak(script()) {
            let chunk = chunk.unwrap();
            samples.extend(chunk.samples);
            words.extend(chunk.words);
        }
        (samples, words)
    };
    let (first, words) = speak(&mut pipeline);
    assert_eq!(first, speak(&mut pipeline).0);
    assert_eq!(words.len(), 4);
    // Two draws of the same words differ, and a pause of 350 ms lies between them.
    let pause = (golden.rate as usize * 350) / 1000;
    let silent = first
        .windows(pause)
        .position(|part| part.iter().all(|&x| x == 0.0));
    let second = silent.unwrap() + pause;
    assert!(words[2].samples.start as usize >= second);
    assert_ne!(first[..1000], first[second..second + 1000]);

    let flag = pipeline.cancel_flag();
    let mut speech = pipeline.speak(script());
    speech.next().unwrap().unwrap();
    flag.cancel();
    assert!(speech.next().is_none());
}
