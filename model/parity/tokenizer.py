"""Writes the tokenizer fixtures: texts that this script makes up, and the ids that open_clip's SimpleTokenizer gives them.

Needs ftfy, regex, numpy and open_clip_torch 3.2.0. In two steps, with the vocabulary trained in between
(ClipTokenizerTest writes it where the property capstan.fixtures names a directory):
    python tokenizer.py pieces clip-pieces.json
    python tokenizer.py ids clip-pieces.json clip-merges.txt clip-ids.json PATH/TO/open_clip/tokenizer.py
"""

import gzip
import hashlib
import importlib.util
import json
import sys
import tempfile
import types

STRINGS = 10000
BLOCK = 100
EXPLICIT = 250
MASK = (1 << 64) - 1

PLAIN = """a|the|two|dog|cats|running|photo of|A PHOTO|Don't|it's|we've|they'll|I'm|O'Neill's|red|blue-green|t-shirt|1234|3.14
$5|50%|#tag|@you|hello!!!|what?!|(yes)|[no]|a/b|x*y|_under_score_|...|--|e.g.|12:30|supercalifragilistic|street sign
  |   two  spaces|tab\there|new\nline|carriage\r\nreturn|surfboard|skateboarding|'s|''|""|~|^|`tick`|\\|#1|C++""".replace(
    "\n", "|"
).split("|")
LETTERS = """café|naïve|Ünïcödé|ÀÉÎÕÜ|straße|Ελληνικά|ΣΊΣΥΦΟΣ|Русский|ЁЛКА|İstanbul|ı|ñandú|Łódź|Việt Nam|e\u0301a\u0308
猫|犬が走る|日本語のテキスト|中文字符|한국어|한글|ｆｕｌｌｗｉｄｔｈ|ﾊﾝｶｸ|１２３|　|العربية|كلب يجري|مرحبا٣|עברית|हिन्दी|ไทย|தமிழ்|\u0627\u0653
😀|🐶🐱|👍🏽|👨‍👩‍👧‍👦|🇩🇪|❤️|☃|✓|→|∞|½|m²|№|™|©|€|£|°C|“quoted”|‘single’|„low“|it’s|–|—|…|•|ﬁne ﬂuﬃ|ĳs|Ǳ|\u200b|\u200dx|\u00adsoft|𝒳𝓎|𐍈|①②|Ⅷ|٣""".replace(
    "\n", "|"
).split("|")
HTML = """&amp;|&lt;b&gt;|&amp;amp;|&amp;lt;|&quot;hi&quot;|&#39;|&#x1F600;|&#128054;|&nbsp;|&eacute;|&EACUTE;|&notit;|&copy|&copy2|&hellip;|&#0;|&#xD800;|&#x110000;|&#150;|&#x1;|&bogus;|AT&T|a & b|&|&&amp;&|&rarr;|&NotEqualTilde;|&#;|&#x;|&ampersand|<br>|</p>|&alpha;&Beta;|&amp;#233;|&frac12""".split(
    "|"
)
BROKEN = [
    "\x00", "\x07bell", "\x1b[31mred\x1b[0m", "\ufeffbom", "\ufffd", "\ud83d", "\ude00", "\ud83dx", "\x0b", "\x0c", "\x1c",
    "\u2028", "\u2029", "\ufff9\ufffc", "\u206a", "\x7f", "\ue000", "\uffff", "\u0301lone", "a\u200e\u200fb",
]
WORDS = ["café", "naïve", "über", "garçon", "español", "“quoted”", "it’s", "—", "…", "€5", "猫", "犬が走る", "😀", "🐶🐱", "Русский",
         "Ελληνικά", "한국어", "Łódź", "→", "™", "°C", "déjà vu", "Ñandú", "ﬁne"]


def misread(text):
    return "".join(
        bytes([unit]).decode("windows-1252") if unit not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(unit)
        for unit in text.encode()
    )


def pieces():
    return {"any": PLAIN + LETTERS + HTML + BROKEN, "plain": PLAIN[:36], "misread": [misread(word) for word in WORDS]}


class Chance:
    """Knuth's linear congruential generator; the Java test has the same."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state >> 33) % bound


def strings(lists):
    chance = Chance(7)
    for _ in range(STRINGS):
        broken = chance.below(8) == 0
        parts = []
        for _ in range(1 + chance.below(8)):
            choice = lists["misread" if chance.below(3) == 0 else "plain"] if broken else lists["any"]
            parts.append(choice[chance.below(len(choice))])
            parts.append(" " if broken or chance.below(4) != 0 else "")
        yield "".join(parts)


def reference(merges, module_path):
    try:
        import torch
    except ImportError:  # only its type names are needed
        torch = types.ModuleType("torch")
        torch.LongTensor = torch.Tensor = object
        sys.modules["torch"] = torch
    spec = importlib.util.spec_from_file_location("reference_tokenizer", module_path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with tempfile.NamedTemporaryFile(suffix=".gz") as file:
        with gzip.open(file.name, "wb") as zipped, open(merges, "rb") as plain:
            zipped.write(plain.read())
        return module.SimpleTokenizer(file.name)


if sys.argv[1] == "pieces":
    with open(sys.argv[2], "w") as file:
        json.dump(pieces(), file, indent=0)
else:
    with open(sys.argv[2]) as file:
        lists = json.load(file)
    tokenizer = reference(sys.argv[3], sys.argv[5])
    explicit, digests = [], []
    block = hashlib.sha256()
    for number, text in enumerate(strings(lists)):
        ids = tokenizer.encode(text)
        if number < EXPLICIT:
            explicit.append({"text": text, "ids": ids})
        block.update((" ".join(map(str, ids)) + "\n").encode())
        if (number + 1) % BLOCK == 0:
            digests.append(block.hexdigest()[:16])
            block = hashlib.sha256()
    with open(sys.argv[4], "w") as file:
        file.write('{"digests": %s,\n"explicit": [\n' % json.dumps(digests))
        file.write(",\n".join(json.dumps(case) for case in explicit))
        file.write("\n]}\n")
