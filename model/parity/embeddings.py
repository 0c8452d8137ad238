"""Writes what transformers' CLIPModel makes of the preprocessing fixture's pictures, prepared by Pillow as openai/CLIP does.

    python embeddings.py ../src/test/resources

Reads the model in parity/hugging-face-clip and the pictures in preprocessing.zip; writes embeddings.json beside them: for each
picture its unit vector in the space shared with texts.
"""

import io
import json
import sys
import zipfile
from pathlib import Path

import numpy
import torch
from PIL import Image
from transformers import CLIPModel

MEAN = [0.48145466, 0.4578275, 0.40821073]
DEVIATION = [0.26862954, 0.26130258, 0.27577711]
resources = Path(sys.argv[1])
pictures = resources / "dev/capstan/model/images"


def prepared(image, size):
    if image.mode in ("RGBA", "LA", "P"):
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    image = image.convert("RGB")
    width, height = image.size
    scaled = (size, int(size * height / width)) if width <= height else (int(size * width / height), size)
    image = image.resize(scaled, Image.BICUBIC)
    left, top = round((scaled[0] - size) / 2), round((scaled[1] - size) / 2)
    pixels = numpy.asarray(image.crop((left, top, left + size, top + size)), dtype=numpy.float32) / 255
    return torch.from_numpy((pixels - numpy.float32(MEAN)) / numpy.float32(DEVIATION)).permute(2, 0, 1)


model = CLIPModel.from_pretrained(resources / "parity/hugging-face-clip", dtype=torch.float32).eval()
size = model.config.vision_config.image_size
embeddings = {}
with zipfile.ZipFile(pictures / "preprocessing.zip") as archive, torch.no_grad():
    for entry in archive.namelist():
        if "-" not in entry:
            image = Image.open(io.BytesIO(archive.read(entry)))
            vision = model.vision_model(pixel_values=prepared(image, size)[None].float())
            vector = model.visual_projection(vision.pooler_output)[0]
            embeddings[entry.removesuffix(".png")] = [round(float(v), 7) for v in vector / vector.norm()]
(pictures / "embeddings.json").write_text(json.dumps(embeddings, indent=1) + "\n")
