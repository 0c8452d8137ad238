package dev.capstan.ingest.filter;

import dev.capstan.ingest.concepts.ConceptList;
import dev.capstan.ingest.images.ImageEncoding;
import dev.capstan.ingest.text.Languages;
import dev.capstan.platform.images.ImageFormat;
import dev.capstan.platform.images.ImageLimits;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is wanted of a pair, and the form in which it is kept. Immutable; cannot exist with limits that contradict each
 * other.
 *
 * @param name the name that people give it; part of {@link #version()} ({@code policy-name})
 * @param text limits of texts
 * @param image limits of images
 * @param output the form of what is kept
 * @param heldoutFraction the fraction of images, by the hash of their content, that is never trained on
 * @param duplicateRetention how long a pair is remembered, so that the same one is refused
 * @param balance the concepts that are wanted, and how many pairs of each
 * @param boilerplate how often the same text is taken
 * @param nearDuplicates which pictures count as seen
 * @param minClipScore least cosine of picture and text under the live model, of what is trained on; 0 asks no model
 * @param honourOptOuts whether pairs are refused whose server asks not to be used
 */
public record CurationPolicy(
        String name,
        TextLimits text,
        ImageRules image,
        Output output,
        double heldoutFraction,
        Duration duplicateRetention,
        Balance balance,
        Boilerplate boilerplate,
        NearDuplicateRule nearDuplicates,
        double minClipScore,
        boolean honourOptOuts) {

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
        require(minClipScore >= 0 && minClipScore <= 1, "minClipScore must be from 0 to 1: " + minClipScore);
    }

    /** The policy of a stream whose texts may be one word and whose pictures may be small. */
    public static CurationPolicy defaults() {
        return new CurationPolicy(
                "default",
                new TextLimits(2, 1000, 1, 0.34, 0.8, List.of()),
                new ImageRules(
                        1,
                        2 << 20,
                        25_000_000,
                        ImageLimits.DEFAULT_MAX_DECODED_PIXELS,
                        ImageLimits.allFormats(),
                        32,
                        3.0,
                        ImageLimits.WHITE),
                new Output(256, ImageEncoding.PNG, 0.9),
                0.05,
                Duration.ofHours(2),
                Balance.OFF,
                Boilerplate.OFF,
                NearDuplicateRule.OFF,
                0,
                true);
    }

    /**
     * The name and a digest of every setting, so that no two policies that differ stamp their records alike. Example:
     * "default-3f9a01bc".
     */
    public String version() {
        // A rule that is off leaves the versions of policies as they were before it existed.
        String later = (nearDuplicates.isOff() ? "" : "|" + nearDuplicates)
                + (minClipScore == 0 ? "" : "|minClipScore=" + minClipScore);
        // Sets print in the order of their hash codes, which for enums changes with each start.
        Set<ImageFormat> formats = new TreeSet<>(image.formats());
        String settings = String.join(
                "|",
                text.toString(),
                image.limits(Set.of(ImageFormat.PNG)).toString(),
                formats.toString(),
                Integer.toString(image.minBytes()),
                Integer.toString(image.minSide()),
                Double.toString(image.maxAspect()),
                output.toString(),
                Double.toString(heldoutFraction),
                duplicateRetention.toString(),
                balance.toString(),
                boilerplate.toString(),
                Boolean.toString(honourOptOuts) + later);
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
     * @param minCharacters fewest code points ({@code min-text-characters})
     * @param maxCharacters most code points ({@code max-text-characters})
     * @param minWords fewest words; 0 takes texts without any ({@code min-text-words})
     * @param minDistinctWords distinct words over words, at least, in texts of eight words and more
     * @param maxCharacterShare the most frequent character over characters, at most, in texts of ten and more
     * @param languages ISO 639-1 codes of the languages that are wanted; none means all, and that none is detected
     */
    public record TextLimits(
            int minCharacters,
            int maxCharacters,
            int minWords,
            double minDistinctWords,
            double maxCharacterShare,
            List<String> languages) {
        public TextLimits {
            languages = languages.stream().distinct().sorted().toList();
            require(
                    Languages.KNOWN.containsAll(languages),
                    "languages must be some of " + Languages.KNOWN + ": " + languages);
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
     * @param minBytes smallest file ({@code min-image-bytes})
     * @param maxBytes largest file
     * @param maxPixels largest width times height
     * @param maxDecodedPixels most pixels that are read of one image; of a larger one, every n-th
     * @param formats formats that are read
     * @param minSide fewest pixels of the shorter side
     * @param maxAspect longer side over shorter side, at most
     * @param background colour under transparent pixels, 0xRRGGBB
     */
    public record ImageRules(
            int minBytes,
            int maxBytes,
            long maxPixels,
            int maxDecodedPixels,
            Set<ImageFormat> formats,
            int minSide,
            double maxAspect,
            int background) {
        public ImageRules {
            require(
                    minBytes >= 1 && minBytes <= maxBytes,
                    "minBytes must be from 1 to maxBytes (" + maxBytes + "): " + minBytes);
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

    /**
     * Balance between concepts, as CLIP's curation has it: a pair of a concept that {@code count} pairs had within the window
     * is kept with probability {@code target / max(count, target)}.
     *
     * @param concepts the list, a JSON array of strings; without one, nothing is matched and nothing balanced ({@code concept-list})
     * @param requireConcept whether a pair is refused whose text names no concept of the list
     * @param target pairs of one concept within the window that are all kept
     * @param window the time in which an old pair's weight falls to 1/e; a steady stream's count is what one window brings
     */
    public record Balance(Optional<ConceptList> concepts, boolean requireConcept, long target, Duration window) {

        /** MetaCLIP's target. */
        public static final long DEFAULT_TARGET = 20_000;

        public static final Duration DEFAULT_WINDOW = Duration.ofDays(7);

        /** No list, no balance. */
        public static final Balance OFF = new Balance(Optional.empty(), true, DEFAULT_TARGET, DEFAULT_WINDOW);

        public Balance {
            require(target >= 1, "target must be positive: " + target);
            require(window.toMillis() >= 1000, "window must be at least a second: " + window);
        }
    }

    /**
     * How often one text is taken: a text that stands beside everything says nothing of anything.
     *
     * @param maxPairs pairs of one text within the window; 0 takes any number ({@code boilerplate-pairs})
     * @param window the time in which an old pair's weight falls to 1/e
     */
    public record Boilerplate(long maxPairs, Duration window) {

        /** Any number. */
        public static final Boilerplate OFF = new Boilerplate(0, Duration.ofDays(1));

        public Boilerplate {
            require(maxPairs >= 0, "maxPairs must not be negative: " + maxPairs);
            require(window.toMillis() >= 1000, "window must be at least a second: " + window);
        }

        public boolean isOff() {
            return maxPairs == 0;
        }
    }

    /**
     * Which pictures count as seen: those whose hashes differ in few bits from that of a pair that was admitted.
     *
     * @param maxPairs pairs that are remembered, the latest; 0 refuses no near-duplicates ({@code near-duplicate-pairs})
     * @param window how long a pair is remembered ({@code near-duplicate-window})
     * @param maxDistance most bits of 64 in which a near-duplicate's hash differs ({@code near-duplicate-distance})
     */
    public record NearDuplicateRule(int maxPairs, Duration window, int maxDistance) {

        /** More bits than this, and pictures that have nothing in common are taken for copies. */
        public static final int LARGEST_DISTANCE = 15;

        public static final int LARGEST_MEMORY = 10_000_000;

        /** Hashes are not kept longer for those that start. */
        public static final Duration LONGEST_WINDOW = Duration.ofDays(1);

        /** No memory, nothing refused. */
        public static final NearDuplicateRule OFF = new NearDuplicateRule(0, LONGEST_WINDOW, 3);

        public NearDuplicateRule {
            require(
                    maxPairs >= 0 && maxPairs <= LARGEST_MEMORY,
                    "maxPairs must be from 0 to " + LARGEST_MEMORY + ": " + maxPairs);
            require(
                    window.toMillis() >= 1000 && window.compareTo(LONGEST_WINDOW) <= 0,
                    "window must be from a second to a day: " + window);
            require(
                    maxDistance >= 0 && maxDistance <= LARGEST_DISTANCE,
                    "maxDistance must be from 0 to " + LARGEST_DISTANCE + ": " + maxDistance);
        }

        public boolean isOff() {
            return maxPairs == 0;
        }
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new IllegalArgumentException(problem);
        }
    }
}
