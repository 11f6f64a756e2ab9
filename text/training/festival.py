"""Asks festival for the phones of sentences: `python festival.py < sentences > festival.tsv`.

The same steps of festival's front-end as the recipe of the default voice uses, without the synthesis behind them.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HEAD = """(voice_cmu_us_slt_arctic_hts)
(define (phones utt)
  (mapcar (lambda (s) (if (not (string-equal (item.name s) "pau")) (format t "%s " (item.name s))))
          (utt.relation.items utt 'Segment))
  (format t "\\n"))
"""
STEPS = "Initialize Text Token_POS Token POS Phrasify Word Pauses Intonation PostLex"


def main() -> None:
    """Read, ask, write a sentence and its phones a line."""
    sentences = [line.strip() for line in sys.stdin if line.strip()]
    steps = " ".join(f"({step} u)" for step in STEPS.split())
    lines = [f'(let ((u (Utterance Text "{sentence}"))) {steps} (phones u))' for sentence in sentences]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "phones.scm"
        script.write_text(HEAD + "\n".join(lines) + "\n")
        printed = subprocess.run(["festival", "-b", str(script)], check=True, capture_output=True, text=True).stdout
    answers = [line.strip() for line in printed.splitlines() if line.strip()]
    if len(answers) != len(sentences):
        raise SystemExit(f"expected {len(sentences)} answers, found {len(answers)}")
    for sentence, phones in zip(sentences, answers):
        print(f"{sentence}\t{phones}")


if __name__ == "__main__":
    main()
