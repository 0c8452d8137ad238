package dev.capstan.ingest.filter;

import dev.capstan.platform.images.ImageHeader;

/** The image's shorter side has fewer pixels than wanted. */
record ImageTooSmall(int minSide) implements Rule<ImageHeader> {
    static final String NAME = "image-too-small";

    @Override
    public Verdict judge(ImageHeader image) {
        int side = image.shorterSide();
        if (side >= minSide) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(
                NAME,
                side,
                minSide,
                "The image is " + image.width() + " x " + image.height() + "; its shorter side must have at least "
                        + minSide + " pixels.");
    }
}
