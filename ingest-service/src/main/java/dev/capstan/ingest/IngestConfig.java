package dev.capstan.ingest;

import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.ingest.filter.CurationPolicy.ImageRules;
import dev.capstan.ingest.filter.CurationPolicy.Output;
import dev.capstan.ingest.filter.CurationPolicy.TextLimits;
import dev.capstan.ingest.images.ImageEncoding;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.images.ImageFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Configuration of the ingest service. Keys and defaults are listed in the module's README.
 *
 * @param kafka the cluster and the registry
 * @param policy what is wanted of a pair
 * @param concepts concepts that texts are searched for, beside those of {@code labels.sets}
 * @param streams how the topology is run
 */
public record IngestConfig(KafkaSettings kafka, CurationPolicy policy, List<String> concepts, StreamSettings streams) {

    /** First part of this service's keys. */
    public static final String SECTION = "ingest";

    private static final int MEBIBYTE = 1 << 20;
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(10);
    private static final String DEFAULT_STATE_DIRECTORY =
            Path.of(".capstan", "ingest-state").toString();

    public IngestConfig {
        concepts = List.copyOf(concepts);
    }

    /**
     * How the topology is run.
     *
     * @param applicationId consumer group, prefix of transactional ids and of internal topics
     * @param stateDirectory where state stores lie; one for each process
     * @param threads stream threads
     * @param commitInterval how often a transaction is committed: output is seen after at most two of these
     * @param sessionTimeout after so long without a heartbeat an instance counts as dead and its partitions move
     * @param heartbeatInterval how often an instance shows that it lives
     * @param transactionTimeout after so long the broker drops the transaction of a dead instance; until then its
     *     successor waits and readers of committed records stand still
     * @param standbyReplicas further instances that keep a copy of the duplicate memory, so that none is restored after a
     *     failure
     * @param bufferedRecords records that are held in memory for each partition; times the partitions times the largest
     *     record is what the heap must bear
     * @param stateMemoryBytes memory of the state stores outside the heap, all together
     * @param provisionTopics whether missing topics are created
     */
    public record StreamSettings(
            String applicationId,
            Path stateDirectory,
            int threads,
            Duration commitInterval,
            Duration sessionTimeout,
            Duration heartbeatInterval,
            Duration transactionTimeout,
            int standbyReplicas,
            int bufferedRecords,
            int stateMemoryBytes,
            boolean provisionTopics) {}

    /**
     * Reads and checks everything.
     *
     * @throws dev.capstan.platform.InvalidConfigurationException naming every wrong or unknown key
     */
    public static IngestConfig from(ConfigurationSource source) {
        CurationPolicy defaults = CurationPolicy.defaults();
        KafkaSettings kafka = KafkaSettings.from(source);
        String name = source.text("ingest.policy-name", defaults.name());
        if (name.length() > CurationPolicy.MAX_NAME_CHARACTERS) {
            source.refuse("ingest.policy-name", "is longer than " + CurationPolicy.MAX_NAME_CHARACTERS + " characters");
        }
        TextReading text = TextReading.of(source, defaults.text());
        ImageReading image = ImageReading.of(source, defaults.image());
        Output output = output(source, defaults.output());
        double heldoutFraction = source.decimal("ingest.heldout-fraction", defaults.heldoutFraction(), 0, 0.5);
        Duration duplicateRetention = duration(
                source,
                "ingest.duplicate-retention",
                defaults.duplicateRetention(),
                CurationPolicy.MIN_DUPLICATE_RETENTION,
                Duration.ofDays(30));
        List<String> concepts = source.list("ingest.concepts", List.of());
        StreamSettings streams = streams(source);
        return source.finish(() -> new IngestConfig(
                kafka,
                new CurationPolicy(name, text.limits(), image.rules(), output, heldoutFraction, duplicateRetention),
                concepts,
                streams));
    }

    private record TextReading(
            int minCharacters, int maxCharacters, int minWords, double minDistinctWords, double maxCharacterShare) {
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
                    source.decimal("ingest.max-character-share", defaults.maxCharacterShare(), 0.01, 1));
        }

        TextLimits limits() {
            return new TextLimits(minCharacters, maxCharacters, minWords, minDistinctWords, maxCharacterShare);
        }
    }

    private record ImageReading(
            int maxBytes,
            long maxPixels,
            int maxDecodedPixels,
            Set<ImageFormat> formats,
            int minSide,
            double maxAspect,
            int background) {
        static ImageReading of(ConfigurationSource source, ImageRules defaults) {
            return new ImageReading(
                    source.integer("ingest.max-image-bytes", defaults.maxBytes(), 1, 512 * MEBIBYTE),
                    source.number("ingest.max-pixels", defaults.maxPixels(), 1, 1L << 40),
                    source.integer("ingest.max-decoded-pixels", defaults.maxDecodedPixels(), 1 << 10, 1 << 28),
                    formats(source, defaults.formats()),
                    source.integer("ingest.min-side", defaults.minSide(), 1, 10_000),
                    source.decimal("ingest.max-aspect", defaults.maxAspect(), 1, 10_000),
                    background(source, defaults.background()));
        }

        ImageRules rules() {
            return new ImageRules(maxBytes, maxPixels, maxDecodedPixels, formats, minSide, maxAspect, background);
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

    private static Output output(ConfigurationSource source, Output defaults) {
        return new Output(
                source.integer("ingest.max-side", defaults.maxSide(), 8, 4096),
                source.choice("ingest.encoding", ImageEncoding.class, defaults.encoding()),
                source.decimal("ingest.quality", defaults.quality(), 0, 1));
    }

    private static StreamSettings streams(ConfigurationSource source) {
        Duration sessionTimeout =
                duration(source, "ingest.session-timeout", Duration.ofSeconds(6), Duration.ofSeconds(1), MAX_TIMEOUT);
        Duration heartbeatInterval = duration(
                source, "ingest.heartbeat-interval", Duration.ofMillis(1500), Duration.ofMillis(100), MAX_TIMEOUT);
        if (heartbeatInterval.multipliedBy(3).compareTo(sessionTimeout) > 0) {
            source.refuse("ingest.heartbeat-interval", "is more than a third of ingest.session-timeout");
        }
        Duration commitInterval =
                duration(source, "ingest.commit-interval", Duration.ofMillis(100), Duration.ofMillis(10), MAX_TIMEOUT);
        Duration transactionTimeout = duration(
                source, "ingest.transaction-timeout", Duration.ofSeconds(6), Duration.ofSeconds(5), MAX_TIMEOUT);
        if (commitInterval.compareTo(transactionTimeout) >= 0) {
            source.refuse("ingest.commit-interval", "is not less than ingest.transaction-timeout");
        }
        return new StreamSettings(
                source.text("ingest.application-id", "capstan-ingest"),
                Path.of(source.text("ingest.state-directory", DEFAULT_STATE_DIRECTORY)),
                source.integer("ingest.threads", 1, 1, 64),
                commitInterval,
                sessionTimeout,
                heartbeatInterval,
                transactionTimeout,
                source.integer("ingest.standby-replicas", 0, 0, 8),
                source.integer("ingest.buffered-records", 16, 1, 10_000),
                source.integer("ingest.state-memory-bytes", 16 * MEBIBYTE, 4 * MEBIBYTE, 1 << 30),
                source.flag("ingest.provision-topics", true));
    }

    private static Duration duration(
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
