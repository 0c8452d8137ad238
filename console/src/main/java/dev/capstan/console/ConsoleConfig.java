package dev.capstan.console;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.Topics;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The console's configuration.
 *
 * @param kafka where the cluster and the registry are
 * @param model the model whose checkpoints are shown
 * @param host address to listen on; one that others can reach needs a token
 * @param port port to listen on, 0 for any
 * @param token what a visitor must know, if anything
 * @param cluster name of the cluster in metrics
 * @param groups the consumer groups of the services
 * @param interval pause between two reads of the lag ({@code lag-interval})
 * @param stallAfter how long a partition with lag may stand still before it is called stalled
 * @param freshness age that the oldest pair outside of the served checkpoint should not exceed
 * @param pictures limits of the pictures that visitors bring
 * @param door limits of the pairs that programs bring
 */
public record ConsoleConfig(
        KafkaSettings kafka,
        String model,
        String host,
        int port,
        Optional<String> token,
        String cluster,
        Groups groups,
        Duration interval,
        Duration stallAfter,
        Duration freshness,
        Pictures pictures,
        Door door) {
    /** First part of the keys. */
    public static final String SECTION = "console";

    private static final int MEBIBYTE = 1024 * 1024;
    private static final int SHORTEST_TOKEN = 16;

    /**
     * The consumer groups of the services.
     *
     * @param fetch the fetching processes ({@code fetch-group})
     * @param ingest the curating instances ({@code ingest-group})
     * @param score the scorers ({@code score-group})
     * @param trainer the trainer ({@code trainer-group})
     * @param inference the answering processes ({@code inference-group})
     */
    public record Groups(String fetch, String ingest, String score, String trainer, String inference) {
        /** The names that a configuration gives them. */
        public static Groups from(ConfigurationSource source) {
            return new Groups(
                    source.text("console.fetch-group", "capstan-fetch"),
                    source.text("console.ingest-group", "capstan-ingest"),
                    source.text("console.score-group", "capstan-score"),
                    source.text("console.trainer-group", "capstan-trainer"),
                    source.text("console.inference-group", "capstan-inference"));
        }

        /** What each group must read: it has lag there before it ever committed. In the order of the stream. */
        public Map<String, Set<String>> topics() {
            Map<String, Set<String>> topics = new LinkedHashMap<>();
            topics.put(fetch, Set.of(Topics.PAIRS_LOCATED.topicName()));
            topics.put(ingest, Set.of(Topics.PAIRS_CRAWLED.topicName()));
            topics.put(score, Set.of(Topics.PAIRS_UNSCORED.topicName()));
            topics.put(trainer, Set.of(Topics.PAIRS_CURATED.topicName()));
            topics.put(
                    inference,
                    new TreeSet<>(Set.of(Topics.REQUESTS_CLASSIFY.topicName(), Topics.REQUESTS_CAPTION.topicName())));
            return topics;
        }
    }

    /**
     * What a visitor may ask with a picture.
     *
     * @param maxBytes largest picture ({@code max-picture-bytes})
     * @param inFlight most questions at a time ({@code max-questions})
     * @param patience how long an answer is waited for ({@code answer-timeout})
     */
    public record Pictures(int maxBytes, int inFlight, Duration patience) {}

    /**
     * What comes in by the door for pairs.
     *
     * @param inFlight most pairs at a time that were read and not yet acknowledged ({@code max-pairs})
     * @param pairsPerSecond most pairs a second
     */
    public record Door(int inFlight, int pairsPerSecond) {}

    /** @throws dev.capstan.platform.InvalidConfigurationException naming every key that is wrong */
    public static ConsoleConfig from(ConfigurationSource source) {
        KafkaSettings kafka = KafkaSettings.from(source);
        String model = source.text("console.model", "capstan-demo");
        String host = source.text("console.host", "127.0.0.1");
        int port = source.integer("console.port", 8090, 0, 65_535);
        Optional<String> token = source.optional("console.token");
        token.filter(given -> given.length() < SHORTEST_TOKEN)
                .ifPresent(given -> source.refuse(
                        "console.token", "is shorter than " + SHORTEST_TOKEN + " characters: give a longer one"));
        if (!isLoopback(host) && token.isEmpty()) {
            source.refuse(
                    "console.token",
                    "is not set, and console.host " + host + " is not a loopback address: give a token of "
                            + SHORTEST_TOKEN + " characters or more, or listen on 127.0.0.1");
        }
        String cluster = source.text("console.cluster", "capstan");
        Groups groups = Groups.from(source);
        Duration interval = positive(source, "console.lag-interval", Duration.ofSeconds(2));
        Duration stallAfter = positive(source, "console.stall-after", Duration.ofSeconds(60));
        Duration freshness = positive(source, "console.freshness", Duration.ofSeconds(60));
        Pictures pictures = new Pictures(
                source.integer("console.max-picture-bytes", 3 * MEBIBYTE, 1024, 3 * MEBIBYTE),
                source.integer("console.max-questions", 4, 1, 64),
                positive(source, "console.answer-timeout", Duration.ofSeconds(20)));
        Door door = new Door(
                source.integer("console.max-pairs", 8, 1, 64),
                source.integer("console.pairs-per-second", 200, 1, 100_000));
        return source.finish(() -> new ConsoleConfig(
                kafka, model, host, port, token, cluster, groups, interval, stallAfter, freshness, pictures, door));
    }

    private static Duration positive(ConfigurationSource source, String key, Duration fallback) {
        Duration duration = source.duration(key, fallback);
        if (duration.isZero()) {
            source.refuse(key, "is 0: give a duration longer than nothing, for example 2s");
        }
        return duration;
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
