"""Makes captioned pictures of Debian's open clip art: annotation files in COCO's format, and a directory of pictures.

    apt-get download openclipart-png openclipart-svg
    dpkg-deb -x openclipart-png_*.deb PNG; dpkg-deb -x openclipart-svg_*.deb SVG
    python clipart.py PNG SVG OUTPUT [HELD_OUT]

A caption is the drawing's title and its two commonest key words, as its SVG's metadata have them, in lower case; they are in
several languages, as their authors wrote them. Titles that name a collection or an author and not a drawing are left out: more than TITLE_LIMIT drawings share them. At most CAPTION_LIMIT
drawings have the same caption, or a fifth of all would be one kind of star. Drawings whose file names differ in a number alone
are variants of each other and lie on one side of the split.
"""

import collections
import hashlib
import html
import json
import pathlib
import re
import sys

TITLE_LIMIT = 12
CAPTION_LIMIT = 20
KEY_WORDS = 2
KEY_WORD_LEAST = 5
MOST_WORDS = 8
TITLE = re.compile(r"<dc:title>(.*?)</dc:title>", re.S)
SUBJECT = re.compile(r"<dc:subject>(.*?)</dc:subject>", re.S)
ITEM = re.compile(r"<rdf:li>(.*?)</rdf:li>", re.S)
# Left by a script of the collection's own, which wrote addresses of its memory among the key words.
JUNK = re.compile(r"hash(\(0x[0-9a-f]+\))?|0x[0-9a-f]+|\d+|icons?|theme|sign|signs_and_symbols|hash|.*_theme_icon|unsorted")
FOLDER = pathlib.Path("usr/share/openclipart")


def words(text):
    text = html.unescape(text).lower().replace("_", " ")
    text = re.sub(r"^clipart by [^-]* - ", "", text)
    text = re.sub(r"\(.*?\)|[^a-z0-9' -]", " ", text)
    text = re.sub(r"\b\d+[a-z]?\b|\b[a-z]?\d+\b|(?<=[a-z]{2})\d+\b| - ", " ", text)
    return " ".join(text.split()).strip(" -")


def metadata(file):
    content = file.read_text("utf-8", "replace")
    title, subject = TITLE.search(content), SUBJECT.search(content)
    listed = [item.strip().lower() for item in ITEM.findall(subject.group(1))] if subject else []
    return (title.group(1).strip() if title else ""), [item for item in listed if item and not JUNK.fullmatch(item)]


def caption(title, key_words, shared, common):
    begun = words(title) if shared <= TITLE_LIMIT and len(words(title)) > 2 else ""
    parts = [begun] if begun else []
    for word in sorted(set(map(words, key_words)), key=lambda word: (-common[word], word)):
        unsaid = len(word) > 2 and common[word] >= KEY_WORD_LEAST and word not in " ".join(parts)
        if unsaid and len(parts) < KEY_WORDS + (1 if begun else 0):
            parts.append(word)
    return " ".join(", ".join(parts).split()[:MOST_WORDS]).strip(",")


def chance(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def family(path):
    return re.sub(r"[\d_+-]+[a-z]?$", "", path.stem) or path.stem


png, svg, output = (pathlib.Path(argument) for argument in sys.argv[1:4])
held_out = int(sys.argv[4]) if len(sys.argv) > 4 else 300
pictures, drawings = png / FOLDER / "png", svg / FOLDER / "svg"
found = sorted(path.relative_to(pictures) for path in pictures.rglob("*.png"))
described = {path: metadata(drawings / path.with_suffix(".svg")) for path in found}
shared = collections.Counter(title for title, _ in described.values())
common = collections.Counter(word for _, key_words in described.values() for word in set(map(words, key_words)))
captions = {path: caption(title, key_words, shared[title], common) for path, (title, key_words) in described.items()}
found.sort(key=lambda path: chance(str(path)))
kept, counts, contents = [], collections.Counter(), set()
for path in found:
    content = hashlib.sha256((pictures / path).read_bytes()).digest()
    if captions[path] and counts[captions[path]] < CAPTION_LIMIT and content not in contents:
        counts[captions[path]] += 1
        contents.add(content)
        kept.append(path)
families = sorted({family(path) for path in kept}, key=chance)
chosen, sides = set(), {"heldout": [], "train": []}
sizes = collections.Counter(family(path) for path in kept)
room = held_out
for name in families:
    if 0 < sizes[name] <= min(room, 4):
        chosen.add(name)
        room -= sizes[name]
for path in kept:
    sides["heldout" if family(path) in chosen else "train"].append(path)
(output / "pictures").mkdir(parents=True, exist_ok=True)
for side, paths in sides.items():
    images, annotations = [], []
    for number, path in enumerate(paths):
        name = "-".join(path.parts)
        (output / "pictures" / name).write_bytes((pictures / path).read_bytes())
        images.append({"id": number, "file_name": name})
        annotations.append({"id": number, "image_id": number, "caption": captions[path]})
    (output / f"{side}.json").write_text(json.dumps({"images": images, "annotations": annotations}, indent=0))
    print(f"{side}: {len(paths)} pictures, {len({captions[path] for path in paths})} captions")
print(f"{len(found)} pictures in all")
