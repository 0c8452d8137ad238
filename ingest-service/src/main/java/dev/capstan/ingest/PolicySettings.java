package dev.capstan.ingest;

import dev.capstan.ingest.concepts.ConceptList;
import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.ingest.filter.CurationPolicy.Balance;
import dev.capstan.ingest.filter.CurationPolicy.Boilerplate;
import dev.capstan.ingest.filter.CurationPolicy.ImageRules;
import dev.capstan.ingest.filter.CurationPolicy.NearDuplicateRule;
import dev.capstan.ingest.filter.CurationPolicy.Output;
import dev.capstan.ingest.filter.CurationPolicy.TextLimits;
import dev.capstan.ingest.images.ImageEncoding;
import dev.capstan.ingest.text.Languages;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.images.ImageFormat;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The settings of a policy as they were read; errors are noted with the source, which is finished by the caller. */
record PolicySettings(
        String name,
        TextReading text,
        ImageReading image,
        Output output,
        double heldoutFraction,
        Duration duplicateRetention,
        Balance balance,
        Boilerplate boilerplate,
        NearDuplicateRule nearDuplicates,
        double minClipScore,
        boolean honourOptOuts) {

    private static final int MEBIBYTE = 1 << 20;

    /**
     * Reads every key of a policy.
     *
     * @param defaults what holds where a key is not given
     * @param directory against which the concept list's path is resolved
     */
    static PolicySettings of(ConfigurationSource source, CurationPolicy defaults, Path directory) {
        String name = source.text("ingest.policy-name", defaults.name());
        if (name.length() > CurationPolicy.MAX_NAME_CHARACTERS) {
            source.refuse("ingest.policy-name", "is longer than " + CurationPolicy.MAX_NAME_CHARACTERS + " characters");
        }
        return new PolicySettings(
                name,
                TextReading.of(source, defaults.text()),
                ImageReading.of(source, defaults.image()),
                output(source, defaults.output()),
                source.decimal("ingest.heldout-fraction", defaults.heldoutFraction(), 0, 0.5),
                duration(
                        source,
                        "ingest.duplicate-retention",
                        defaults.duplicateRetention(),
                        CurationPolicy.MIN_DUPLICATE_RETENTION,
                        Duration.ofDays(30)),
                balance(source, defaults.balance(), directory),
                boilerplate(source, defaults.boilerplate()),
                nearDuplicates(source, defaults.nearDuplicates()),
                source.decimal("ingest.min-clip-score", defaults.minClipScore(), 0, 1),
                source.flag("ingest.honour-opt-outs", defaults.honourOptOuts()));
    }

    /** The policy; call it once no error was found. */
    CurationPolicy policy() {
        return new CurationPolicy(
                name,
                text.limits(),
                image.rules(),
                output,
                heldoutFraction,
                duplicateRetention,
                balance,
                boilerplate,
                nearDuplicates,
                minClipScore,
                honourOptOuts);
    }

    private static NearDuplicateRule nearDuplicates(ConfigurationSource source, NearDuplicateRule defaults) {
        return new NearDuplicateRule(
                source.integer("ingest.near-duplicate-pairs", defaults.maxPairs(), 0, NearDuplicateRule.LARGEST_MEMORY),
                duration(
                        source,
                        "ingest.near-duplicate-window",
                        defaults.window(),
                        Duration.ofSeconds(1),
                        NearDuplicateRule.LONGEST_WINDOW),
                source.integer(
                        "ingest.near-duplicate-distance",
                        defaults.maxDistance(),
                        0,
                        NearDuplicateRule.LARGEST_DISTANCE));
    }

    private static Boilerplate boilerplate(ConfigurationSource source, Boilerplate defaults) {
        return new Boilerplate(
                source.number("ingest.boilerplate-pairs", defaults.maxPairs(), 0, 1L << 40),
                duration(
                        source,
                        "ingest.boilerplate-window",
                        defaults.window(),
                        Duration.ofMinutes(1),
                        Duration.ofDays(365)));
    }

    private record TextReading(
            int minCharacters,
            int maxCharacters,
            int minWords,
            double minDistinctWords,
            double maxCharacterShare,
            List<String> languages) {
        static TextReading of(ConfigurationSource source, TextLimits defaults) {
            int minCharacters = source.integer("ingest.min-text-characters", defaults.minCharacters(), 1, 100_000);
            int maxCharacters = source.integer("ingest.max-text-characters", defaults.maxCharacters(), 1, 100_000);
            if (maxCharacters < minCharacters) {
                source.refuse("ingest.max-text-characters", "is less than ingest.min-text-characters");
            }
            return new TextReading(
                    minCharacters,
                    maxCharacters,
                    source.integer("ingest.min-text-words", defaults.minWords(), 0, 1000),
                    source.decimal("ingest.min-distinct-words", defaults.minDistinctWords(), 0, 1),
                    source.decimal("ingest.max-character-share", defaults.maxCharacterShare(), 0.01, 1),
                    languages(source, defaults.languages()));
        }

        private static List<String> languages(ConfigurationSource source, List<String> fallback) {
            List<String> languages = source.list("ingest.languages", fallback);
            for (String language : languages) {
                if (!Languages.KNOWN.contains(language)) {
                    source.refuse(
                            "ingest.languages",
                            "has \"" + language + "\": give some of " + String.join(", ", Languages.KNOWN));
                    return fallback;
                }
            }
            return languages;
        }

        TextLimits limits() {
            return new TextLimits(
                    minCharacters, maxCharacters, minWords, minDistinctWords, maxCharacterShare, languages);
        }
    }

    private record ImageReading(
            int minBytes,
            int maxBytes,
            long maxPixels,
            int maxDecodedPixels,
            Set<ImageFormat> formats,
            int minSide,
            double maxAspect,
            int background) {
        static ImageReading of(ConfigurationSource source, ImageRules defaults) {
            int maxBytes = source.integer("ingest.max-image-bytes", defaults.maxBytes(), 1, 512 * MEBIBYTE);
            int minBytes = source.integer("ingest.min-image-bytes", defaults.minBytes(), 1, 512 * MEBIBYTE);
            if (minBytes > maxBytes) {
                source.refuse("ingest.min-image-bytes", "is more than ingest.max-image-bytes");
            }
            return new ImageReading(
                    minBytes,
                    maxBytes,
                    source.number("ingest.max-pixels", defaults.maxPixels(), 1, 1L << 40),
                    source.integer("ingest.max-decoded-pixels", defaults.maxDecodedPixels(), 1 << 10, 1 << 28),
                    formats(source, defaults.formats()),
                    source.integer("ingest.min-side", defaults.minSide(), 1, 10_000),
                    source.decimal("ingest.max-aspect", defaults.maxAspect(), 1, 10_000),
                    background(source, defaults.background()));
        }

        ImageRules rules() {
            return new ImageRules(
                    minBytes, maxBytes, maxPixels, maxDecodedPixels, formats, minSide, maxAspect, background);
        }

        private static Set<ImageFormat> formats(ConfigurationSource source, Set<ImageFormat> fallback) {
            List<String> names = source.list("ingest.formats", List.of());
            if (names.isEmpty()) {
                return fallback;
            }
            EnumSet<ImageFormat> formats = EnumSet.noneOf(ImageFormat.class);
            for (String name : names) {
                try {
                    formats.add(ImageFormat.valueOf(name.toUpperCase(Locale.ROOT)));
                } catch (IllegalArgumentException e) {
                    source.refuse("ingest.formats", "has \"" + name + "\": give some of png, jpeg, gif, bmp, webp");
                }
            }
            return formats;
        }

        private static int background(ConfigurationSource source, int fallback) {
            String key = "ingest.background";
            String text = source.text(key, "%06x".formatted(fallback));
            if (!text.matches("[0-9a-fA-F]{6}")) {
                source.refuse(key, "is \"" + text + "\": give six hex digits, for example ffffff");
                return fallback;
            }
            return HexFormat.fromHexDigits(text);
        }
    }

    private static Balance balance(ConfigurationSource source, Balance defaults, Path directory) {
        long target = source.number("ingest.balance-target", defaults.target(), 1, 1L << 40);
        Duration window = duration(
                source, "ingest.balance-window", defaults.window(), Duration.ofMinutes(1), Duration.ofDays(365));
        boolean requireConcept = source.flag("ingest.require-concept", defaults.requireConcept());
        Optional<String> file = source.optional("ingest.concept-list");
        if (file.isEmpty()) {
            return new Balance(defaults.concepts(), requireConcept, target, window);
        }
        try {
            return new Balance(
                    Optional.of(ConceptList.read(directory.resolve(file.get()))), requireConcept, target, window);
        } catch (IOException | InvalidPathException e) {
            source.refuse("ingest.concept-list", "cannot be read: " + e.getMessage());
            return defaults;
        }
    }

    private static Output output(ConfigurationSource source, Output defaults) {
        return new Output(
                source.integer("ingest.max-side", defaults.maxSide(), 8, 4096),
                source.choice("ingest.encoding", ImageEncoding.class, defaults.encoding()),
                source.decimal("ingest.quality", defaults.quality(), 0, 1));
    }

    static Duration duration(
            ConfigurationSource source, String key, Duration fallback, Duration minimum, Duration maximum) {
        Duration value = source.duration(key, fallback);
        if (value.compareTo(minimum) < 0 || value.compareTo(maximum) > 0) {
            source.refuse(
                    key,
                    "must be from " + minimum.toMillis() + "ms to " + maximum.toMillis() + "ms, not " + value.toMillis()
                            + "ms");
            return fallback;
        }
        return value;
    }
}
