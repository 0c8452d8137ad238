package dev.capstan.ingest.filter;

import dev.capstan.ingest.images.ImageEncoding;
import dev.capstan.platform.images.ImageFormat;
import dev.capstan.platform.images.ImageLimits;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is wanted of a pair, and the form in which it is kept. Immutable; cannot exist with limits that contradict each
 * other.
 *
 * @param name the name that people give it; part of {@link #version()}
 * @param text limits of texts
 * @param image limits of images
 * @param output the form of what is kept
 * @param heldoutFraction the fraction of images, by the hash of their content, that is never trained on
 * @param duplicateRetention how long a pair is remembered, so that the same one is refused
 */
public record CurationPolicy(
        String name,
        TextLimits text,
        ImageRules image,
        Output output,
        double heldoutFraction,
        Duration duplicateRetention) {

    public static final int MAX_NAME_CHARACTERS = 64;
    public static final Duration MIN_DUPLICATE_RETENTION = Duration.ofMinutes(2);

    private static final int VERSION_DIGITS = 8;

    public CurationPolicy {
        require(
                !name.isBlank() && name.length() <= MAX_NAME_CHARACTERS,
                "name must have 1 to " + MAX_NAME_CHARACTERS + " characters: \"" + name + "\"");
        require(
                heldoutFraction >= 0 && heldoutFraction <= 0.5,
                "heldoutFraction must be from 0 to 0.5: " + heldoutFraction);
        require(
                duplicateRetention.compareTo(MIN_DUPLICATE_RETENTION) >= 0,
                "duplicateRetention must be at least two minutes: " + duplicateRetention);
    }

    /** The policy of a stream whose texts may be one word and whose pictures may be small. */
    public static CurationPolicy defaults() {
        return new CurationPolicy(
                "default",
                new TextLimits(2, 1000, 1, 0.34, 0.8),
                new ImageRules(
                        2 << 20,
                        25_000_000,
                        ImageLimits.DEFAULT_MAX_DECODED_PIXELS,
                        ImageLimits.allFormats(),
                        32,
                        3.0,
                        ImageLimits.WHITE),
                new Output(256, ImageEncoding.PNG, 0.9),
                0.05,
                Duration.ofHours(2));
    }

    /**
     * The name and a digest of every setting, so that no two policies that differ stamp their records alike. Example:
     * "default-3f9a01bc".
     */
    public String version() {
        // Sets print in the order of their hash codes, which for enums changes with each start.
        Set<ImageFormat> formats = new TreeSet<>(image.formats());
        String settings = String.join(
                "|",
                text.toString(),
                image.limits(Set.of(ImageFormat.PNG)).toString(),
                formats.toString(),
                Integer.toString(image.minSide()),
                Double.toString(image.maxAspect()),
                output.toString(),
                Double.toString(heldoutFraction),
                duplicateRetention.toString());
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(settings.getBytes(StandardCharsets.UTF_8));
            return name + "-" + HexFormat.of().formatHex(Arrays.copyOf(digest, VERSION_DIGITS / 2));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Limits of texts, after normalisation.
     *
     * @param minCharacters fewest code points
     * @param maxCharacters most code points
     * @param minWords fewest words; 0 takes texts without any
     * @param minDistinctWords distinct words over words, at least, in texts of eight words and more
     * @param maxCharacterShare the most frequent character over characters, at most, in texts of ten and more
     */
    public record TextLimits(
            int minCharacters, int maxCharacters, int minWords, double minDistinctWords, double maxCharacterShare) {
        public TextLimits {
            require(minCharacters >= 1, "minCharacters must be positive: " + minCharacters);
            require(
                    maxCharacters >= minCharacters && maxCharacters <= 100_000,
                    "maxCharacters must be from minCharacters (" + minCharacters + ") to 100000: " + maxCharacters);
            require(minWords >= 0, "minWords must not be negative: " + minWords);
            require(
                    minDistinctWords >= 0 && minDistinctWords <= 1,
                    "minDistinctWords must be from 0 to 1: " + minDistinctWords);
            require(
                    maxCharacterShare > 0 && maxCharacterShare <= 1,
                    "maxCharacterShare must be above 0 and at most 1: " + maxCharacterShare);
        }
    }

    /**
     * Limits of images as crawled.
     *
     * @param maxBytes largest file
     * @param maxPixels largest width times height
     * @param maxDecodedPixels most pixels that are read of one image; of a larger one, every n-th
     * @param formats formats that are read
     * @param minSide fewest pixels of the shorter side
     * @param maxAspect longer side over shorter side, at most
     * @param background colour under transparent pixels, 0xRRGGBB
     */
    public record ImageRules(
            int maxBytes,
            long maxPixels,
            int maxDecodedPixels,
            Set<ImageFormat> formats,
            int minSide,
            double maxAspect,
            int background) {
        public ImageRules {
            require(minSide >= 1, "minSide must be positive: " + minSide);
            require(maxAspect >= 1, "maxAspect must be at least 1: " + maxAspect);
            formats = Set.copyOf(formats);
            // Checks the rest.
            new ImageLimits(maxBytes, maxPixels, maxDecodedPixels, formats, background);
        }

        /** What of it the decoder enforces. */
        public ImageLimits limits() {
            return limits(formats);
        }

        private ImageLimits limits(Set<ImageFormat> only) {
            return new ImageLimits(maxBytes, maxPixels, maxDecodedPixels, only, background);
        }
    }

    /**
     * The form of the pictures that are kept.
     *
     * @param maxSide most pixels of the longer side
     * @param encoding how they are encoded
     * @param quality from 0 to 1, for encodings with loss
     */
    public record Output(int maxSide, ImageEncoding encoding, double quality) {
        public Output {
            require(maxSide >= 8 && maxSide <= 4096, "maxSide must be from 8 to 4096: " + maxSide);
            require(quality >= 0 && quality <= 1, "quality must be from 0 to 1: " + quality);
        }
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(problem);
        }
    }
}
