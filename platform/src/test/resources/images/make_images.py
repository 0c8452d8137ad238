"""Makes the pictures of this directory that the JDK cannot write. Needs Pillow: python make_images.py

Each is 64 x 48: left half red, right half blue, unless its name says otherwise.
"""

from pathlib import Path

from PIL import Image, ImageCms

HERE = Path(__file__).parent
RED, BLUE, GREEN = (220, 20, 20), (20, 20, 220), (20, 200, 20)


def halves(left, right, mode="RGB"):
    image = Image.new(mode, (64, 48), left)
    image.paste(right, (32, 0, 64, 48))
    return image


rgb = halves(RED, BLUE)
half_clear = halves(RED + (255,), (0, 0, 0, 0), "RGBA")
rgb.save(HERE / "lossy.webp", quality=90)
rgb.save(HERE / "lossless.webp", lossless=True)
half_clear.save(HERE / "lossless-clear-right.webp", lossless=True)
half_clear.save(HERE / "lossy-clear-right.webp", quality=90)
halves(RED, RED).save(
    HERE / "animated-red-first.webp",
    save_all=True,
    append_images=[halves(GREEN, GREEN), halves(BLUE, BLUE)],
    duration=100,
    lossless=True,
)
halves(RED, RED).save(
    HERE / "animated-red-first.gif",
    save_all=True,
    append_images=[halves(GREEN, GREEN), halves(BLUE, BLUE)],
    duration=100,
)
rgb.save(HERE / "progressive.jpg", quality=95, progressive=True)
rgb.convert("CMYK").save(HERE / "cmyk.jpg", quality=95)
rgb.save(HERE / "bottom-up.bmp")
rgb.convert("P", palette=Image.Palette.ADAPTIVE).save(HERE / "palette.png")
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
rgb.save(HERE / "profile.jpg", quality=95, icc_profile=profile)
