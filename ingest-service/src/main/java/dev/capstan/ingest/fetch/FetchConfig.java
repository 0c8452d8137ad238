package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.hosts.HostLimits;
import dev.capstan.ingest.fetch.web.AddressRange;
import dev.capstan.ingest.fetch.web.RobotsTag;
import dev.capstan.ingest.fetch.web.WebSettings;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.KafkaSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Configuration of fetch. Keys and defaults are listed in the module's README.
 *
 * @param kafka the cluster and the registry
 * @param web how requests are made, and what is taken
 * @param hosts how a host is treated
 * @param retry when another attempt is made
 * @param work how much is under way at once
 * @param group who this process is among its like
 */
public record FetchConfig(KafkaSettings kafka, WebSettings web, HostLimits hosts, Retry retry, Work work, Group group) {

    /** First part of this service's keys. */
    public static final String SECTION = "fetch";

    private static final int MEBIBYTE = 1 << 20;
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration MILLISECOND = Duration.ofMillis(1);

    /**
     * When another attempt is made.
     *
     * @param maxAttempts attempts for one pair
     * @param firstDelay pause after the first attempt; doubled after each further one
     * @param maxDelay longest pause, whatever a server asks for
     * @param giveUpAfter a pair is refused so long after it was first tried
     */
    public record Retry(int maxAttempts, Duration firstDelay, Duration maxDelay, Duration giveUpAfter) {}

    /**
     * How much is under way at once.
     *
     * @param requests requests under way
     * @param window how far above a partition's frontier a record may be begun, in offsets ({@code window})
     * @param pendingBytes bytes of records that were read and are not committed, about
     * @param bodyBytes bytes of bodies in memory
     * @param batchRecords results in a transaction
     * @param commitInterval how long a result waits for others before a transaction is begun
     */
    public record Work(
            int requests, int window, int pendingBytes, long bodyBytes, int batchRecords, Duration commitInterval) {}

    /**
     * Who this process is.
     *
     * @param name consumer group
     * @param instance a name that survives restarts, or empty: then each start is a new member
     * @param sessionTimeout after so long without a heartbeat an instance counts as dead and its partitions move
     * @param transactionTimeout after so long the broker drops the transaction of a dead instance
     * @param provisionTopics whether missing topics are created
     */
    public record Group(
            String name,
            Optional<String> instance,
            Duration sessionTimeout,
            Duration transactionTimeout,
            boolean provisionTopics) {}

    /**
     * Reads and checks everything.
     *
     * @throws dev.capstan.platform.InvalidConfigurationException naming every wrong or unknown key
     */
    public static FetchConfig from(ConfigurationSource source) {
        KafkaSettings kafka = KafkaSettings.from(source);
        int requests = source.integer("fetch.requests", 1000, 1, 20_000);
        HostLimits hosts = hosts(source);
        WebSettings web = web(source, requests, hosts.concurrency());
        Retry retry = retry(source);
        Work work = work(source, requests, web.maxBytes());
        Group group = new Group(
                source.text("fetch.group", "capstan-fetch"),
                source.optional("fetch.instance"),
                duration(source, "fetch.session-timeout", Duration.ofSeconds(10), Duration.ofSeconds(1)),
                duration(source, "fetch.transaction-timeout", Duration.ofSeconds(10), Duration.ofSeconds(1)),
                source.flag("fetch.provision-topics", true));
        return source.finish(() -> new FetchConfig(kafka, web, hosts, retry, work, group));
    }

    /** Names the rules by which pairs are refused: a changed rule is a changed version. */
    public String policyVersion() {
        String rules = String.join(
                "|",
                String.join(",", new TreeSet<>(web.robotsTags())),
                web.robotName(),
                web.allowedAddresses().stream()
                        .map(AddressRange::toString)
                        .sorted()
                        .collect(Collectors.joining(",")),
                Integer.toString(web.maxBytes()),
                Integer.toString(web.maxRedirects()),
                web.connectTimeout().toString(),
                web.requestTimeout().toString(),
                retry.toString());
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(rules.getBytes(StandardCharsets.UTF_8));
            return "fetch-" + HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static WebSettings web(ConfigurationSource source, int requests, int concurrency) {
        String robotName = source.text("fetch.robot-name", "capstan").toLowerCase(Locale.ROOT);
        String userAgent = source.text("fetch.user-agent", "capstan/0.1 (image-text fetcher)");
        if (!userAgent.chars().allMatch(character -> character >= ' ' && character < 127)) {
            source.refuse("fetch.user-agent", "has characters that a header cannot carry: give printable ASCII");
        }
        return new WebSettings(
                userAgent,
                robotName,
                source.flag("fetch.honour-robots", true) ? robotsTags(source) : Set.of(),
                allowedAddresses(source),
                duration(source, "fetch.connect-timeout", Duration.ofSeconds(10), MILLISECOND),
                duration(source, "fetch.request-timeout", Duration.ofSeconds(30), MILLISECOND),
                source.integer("fetch.max-bytes", 2 * MEBIBYTE, 1, 64 * MEBIBYTE),
                source.integer("fetch.max-redirects", 5, 0, 20),
                source.integer("fetch.resolver-threads", 64, 1, 1000),
                requests,
                concurrency);
    }

    private static Set<String> robotsTags(ConfigurationSource source) {
        return source
                .list(
                        "fetch.robots-tags",
                        RobotsTag.DEFAULT_DIRECTIVES.stream().sorted().toList())
                .stream()
                .map(tag -> tag.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static List<AddressRange> allowedAddresses(ConfigurationSource source) {
        List<AddressRange> allowed = new ArrayList<>();
        for (String text : source.list("fetch.allowed-addresses", List.of())) {
            try {
                allowed.add(AddressRange.parse(text));
            } catch (IllegalArgumentException e) {
                source.refuse("fetch.allowed-addresses", "has an error: " + e.getMessage());
            }
        }
        return allowed;
    }

    private static HostLimits hosts(ConfigurationSource source) {
        return new HostLimits(
                duration(source, "fetch.host-interval", Duration.ofMillis(100), Duration.ZERO),
                source.integer("fetch.host-requests", 4, 1, 1000),
                source.integer("fetch.host-queue", 200, 1, 100_000),
                duration(source, "fetch.host-wait", Duration.ofSeconds(10), MILLISECOND));
    }

    private static Retry retry(ConfigurationSource source) {
        Duration firstDelay = duration(source, "fetch.retry-first-delay", Duration.ofSeconds(5), MILLISECOND);
        Duration maxDelay = duration(source, "fetch.retry-max-delay", Duration.ofMinutes(10), MILLISECOND);
        if (firstDelay.compareTo(maxDelay) > 0) {
            source.refuse("fetch.retry-first-delay", "is more than fetch.retry-max-delay");
        }
        return new Retry(
                source.integer("fetch.max-attempts", 4, 1, 100),
                firstDelay,
                maxDelay,
                duration(source, "fetch.give-up-after", DAY, MILLISECOND));
    }

    private static Work work(ConfigurationSource source, int requests, int maxBytes) {
        long bodyBytes = source.number("fetch.body-bytes", 256L * MEBIBYTE, 1, 1L << 40);
        if (bodyBytes < 2L * maxBytes) {
            source.refuse("fetch.body-bytes", "is less than twice fetch.max-bytes");
        }
        return new Work(
                requests,
                source.integer("fetch.window", 8192, 1, 16_384),
                source.integer("fetch.pending-bytes", 64 * MEBIBYTE, MEBIBYTE, 1 << 30),
                bodyBytes,
                source.integer("fetch.batch-records", 500, 1, 10_000),
                duration(source, "fetch.commit-interval", Duration.ofMillis(100), MILLISECOND));
    }

    private static Duration duration(ConfigurationSource source, String key, Duration fallback, Duration minimum) {
        Duration value = source.duration(key, fallback);
        Duration maximum = DAY.multipliedBy(7);
        if (value.compareTo(minimum) < 0 || value.compareTo(maximum) > 0) {
            source.refuse(key, "must be from " + minimum.toMillis() + "ms to 7d, not " + value.toMillis() + "ms");
            return fallback;
        }
        return value;
    }
}
