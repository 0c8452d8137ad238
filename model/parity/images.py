"""Writes the preprocessing fixture: pictures that this script makes, and what Pillow makes of them as CLIP prepares images.

Needs Pillow (13.0.0) and numpy:
    python images.py ../src/test/resources/dev/capstan/model/images/preprocessing.zip

Each picture is NAME.png; NAME-SIZE.png is the shorter side resized to SIZE, bicubically, and the middle square cut out, as
torchvision's Resize and CenterCrop compute sizes and offsets. Pictures with transparency are laid on white first.
"""

import io
import sys
import zipfile

import numpy
from PIL import Image

chance = numpy.random.default_rng(3)


def picture(width, height):
    """Smooth waves, hard edges and noise."""
    y, x = numpy.mgrid[0:height, 0:width]
    waves = [127 + 120 * numpy.sin(x * a + y * b + c) for a, b, c in chance.uniform(0.02, 0.5, (3, 3))]
    pixels = numpy.stack(waves, 2)
    for _ in range(6):
        left, top = chance.integers(0, width), chance.integers(0, height)
        pixels[top : top + height // 4, left : left + width // 4] = chance.integers(0, 256, 3)
    pixels[: height // 3, : width // 3] += chance.normal(0, 60, (height // 3, width // 3, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8))


def prepared(image, size):
    if image.mode in ("RGBA", "LA", "P"):
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    image = image.convert("RGB")
    width, height = image.size
    if width <= height:
        scaled = (size, int(size * height / width))
    else:
        scaled = (int(size * width / height), size)
    image = image.resize(scaled, Image.BICUBIC)
    left, top = round((scaled[0] - size) / 2), round((scaled[1] - size) / 2)
    return image.crop((left, top, left + size, top + size))


def with_alpha(image):
    alpha = Image.fromarray((numpy.mgrid[0 : image.height, 0 : image.width][1] * 3 % 256).astype(numpy.uint8))
    image.putalpha(alpha)
    return image


pictures = {
    "down": (picture(150, 100), [32, 64]),
    "odd": (picture(97, 131), [33, 64]),
    "tall": (picture(41, 123), [40, 32]),
    "up": (picture(20, 27), [64]),
    "wide": (picture(211, 30), [32, 64]),
    "same": (picture(64, 64), [64]),
    "grey": (picture(90, 71).convert("L"), [32]),
    "alpha": (with_alpha(picture(75, 75)), [32, 48]),
    "palette": (picture(60, 80).quantize(32), [32]),
    "far": (picture(200, 150), [12]),
}
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_STORED) as archive:
    for name, (image, sizes) in pictures.items():
        for label, made in [(name, image)] + [(f"{name}-{size}", prepared(image, size)) for size in sizes]:
            data = io.BytesIO()
            made.save(data, "png", optimize=True)
            archive.writestr(zipfile.ZipInfo(label + ".png"), data.getvalue())
