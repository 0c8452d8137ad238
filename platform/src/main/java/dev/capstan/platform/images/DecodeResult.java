package dev.capstan.platform.images;

import java.awt.image.BufferedImage;
import java.util.Optional;
import java.util.OptionalDouble;

/** How the decoding of one file ended. */
public sealed interface DecodeResult {

    /** The picture, or empty if the file was refused. */
    Optional<Decoded> decoded();

    /** Why the file was refused, or empty if it was decoded. */
    Optional<Refused> refused();

    /**
     * A picture.
     *
     * @param image 8-bit sRGB without alpha ({@link BufferedImage#TYPE_INT_RGB}); smaller than the header says if the
     *     source was larger than the decoder keeps
     * @param header format and dimensions of the source
     */
    record Decoded(BufferedImage image, ImageHeader header) implements DecodeResult {
        @Override
        public Optional<Decoded> decoded() {
            return Optional.of(this);
        }

        @Override
        public Optional<Refused> refused() {
            return Optional.empty();
        }
    }

    /**
     * A file that is not decoded.
     *
     * @param rule the rule that refused it, for example "image-too-many-pixels"
     * @param score the value that the rule measured, or empty where it measures nothing
     * @param threshold the limit that the score was compared with, or empty
     * @param detail one sentence for a person
     */
    record Refused(String rule, OptionalDouble score, OptionalDouble threshold, String detail) implements DecodeResult {

        /** A refusal that measures nothing. */
        public static Refused of(String rule, String detail) {
            return new Refused(rule, OptionalDouble.empty(), OptionalDouble.empty(), detail);
        }

        /** A refusal because a measured value lies beyond a limit. */
        public static Refused of(String rule, double score, double threshold, String detail) {
            return new Refused(rule, OptionalDouble.of(score), OptionalDouble.of(threshold), detail);
        }

        @Override
        public Optional<Decoded> decoded() {
            return Optional.empty();
        }

        @Override
        public Optional<Refused> refused() {
            return Optional.of(this);
        }
    }
}
