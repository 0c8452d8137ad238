package dev.capstan.ingest.filter;

import dev.capstan.platform.images.ImageHeader;

/** The image's longer side is more than so many times the shorter one. */
record ImageAspect(double maxAspect) implements Rule<ImageHeader> {
    static final String NAME = "image-aspect";

    @Override
    public Verdict judge(ImageHeader image) {
        double aspect = image.aspect();
        if (aspect <= maxAspect) {
            return Verdict.KEEP;
        }
        return Verdict.Refusal.of(
                NAME,
                aspect,
                maxAspect,
                "The image is " + image.width() + " x " + image.height() + "; its longer side may be at most "
                        + maxAspect + " times the shorter.");
    }
}
