"""Writes the metrics fixture: captions that this script makes up, and what pycocoevalcap says of them.

Needs pycocoevalcap 1.2 (with its Stanford tokenizer, so Java on the path):
    python metrics.py ../src/test/resources/dev/capstan/model/metrics/captions.json
"""

import contextlib
import io
import json
import random
import sys

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

CASES = 300
chance = random.Random(20)

COLOURS = "red blue green grey black-and-white striped pale dark-brown".split()
THINGS = ["cat", "dog", "t-shirt", "2-year-old", "bus no. 5", "surfboard", "man", "woman's hat", "dogs' bowl", "café",
          "colour TV", "stop sign", "x-ray", "No. 9 shirt", "iPhone", "kids", "U.S. flag", "O'Brien pub", "train"]
DOES = ["isn't looking at", "sits next to", "can't reach", "is about to jump over", "'s chasing", "rides on", "and",
        "(maybe) eats", "looks at", "doesn't see", "that's near", "w/o", "gonna hit", "is 3.5 ft. from", "cannot see"]
PLACES = ["on Main St.", "in the park", "at 10:30 a.m.", "for $5.99", "in front of a black/white wall", "near 5th Ave.",
          "at 50% off", "on a table", "in London, England", "under the bridge", "by Dr. Jones", "with 1,000 others"]
STARTS = ["A", "The", "Two", "There's a", "Here we see a", "\"Look\": a", "It's a", "3"]
ENDS = [".", ".", ".", "", "!", "...", " ?", ";", " -- nice.", " & more", " (close-up).", " 'wow'."]


def sentence():
    words = [chance.choice(STARTS), chance.choice(COLOURS), chance.choice(THINGS)]
    for _ in range(chance.randint(0, 2)):
        words += [chance.choice(DOES), "a", chance.choice(COLOURS + [""]), chance.choice(THINGS)]
    if chance.random() < 0.7:
        words.append(chance.choice(PLACES))
    return " ".join(word for word in words if word) + chance.choice(ENDS)


def varied(text):
    words = text.split(" ")
    for _ in range(chance.randint(0, 3)):
        at = chance.randrange(len(words))
        what = chance.random()
        if what < 0.4 and len(words) > 2:
            del words[at]
        elif what < 0.7:
            words[at] = chance.choice(COLOURS + THINGS)
        else:
            words.insert(at, words[chance.randrange(len(words))])
    return " ".join(words)


cases = []
for _ in range(CASES):
    base = sentence()
    references = [varied(base) if chance.random() < 0.6 else sentence() for _ in range(chance.randint(1, 5))]
    candidate = varied(base) if chance.random() < 0.8 else sentence()
    if chance.random() < 0.02:
        candidate = "."
    cases.append({"candidate": candidate, "references": references})

tokenizer = PTBTokenizer()
candidates = tokenizer.tokenize({i: [{"caption": case["candidate"]}] for i, case in enumerate(cases)})
references = tokenizer.tokenize({i: [{"caption": text} for text in case["references"]] for i, case in enumerate(cases)})
_, ciders = Cider().compute_score(references, candidates)
with contextlib.redirect_stdout(io.StringIO()):
    bleu, sentences = Bleu(4).compute_score(references, candidates)
for i, case in enumerate(cases):
    case["tokens"] = candidates[i][0]
    case["cider"] = float("%.9g" % ciders[i])
    case["bleu4"] = float("%.9g" % sentences[3][i])
with open(sys.argv[1], "w") as file:
    file.write('{"bleu": %s,\n"cases": [\n' % json.dumps([float("%.12g" % score) for score in bleu]))
    file.write(",\n".join(json.dumps(case, ensure_ascii=False) for case in cases))
    file.write("\n]}\n")
