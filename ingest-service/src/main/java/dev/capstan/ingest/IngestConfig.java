package dev.capstan.ingest;

import dev.capstan.ingest.filter.CurationPolicy;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.KafkaSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Configuration of the ingest service. Keys and defaults are listed in the module's README.
 *
 * @param kafka the cluster and the registry
 * @param policy what is wanted of a pair: what a YAML file or a preset (builtin:datacomp-basic, builtin:laion) says, changed by the
 *     keys given besides ({@code policy-file})
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
        KafkaSettings kafka = KafkaSettings.from(source);
        PolicySettings policy = PolicySettings.of(source, basis(source), Path.of(""));
        List<String> concepts = source.list("ingest.concepts", List.of());
        StreamSettings streams = streams(source);
        return source.finish(() -> new IngestConfig(kafka, policy.policy(), concepts, streams));
    }

    /** The policy of the file that is named; what is configured besides changes it. */
    private static CurationPolicy basis(ConfigurationSource source) {
        Optional<String> file = source.optional("ingest.policy-file");
        if (file.isEmpty()) {
            return CurationPolicy.defaults();
        }
        try {
            return PolicyFile.read(file.get());
        } catch (InvalidPolicyException e) {
            source.refuse("ingest.policy-file", "is refused: " + e.getMessage());
            return CurationPolicy.defaults();
        }
    }

    private static StreamSettings streams(ConfigurationSource source) {
        Duration sessionTimeout = PolicySettings.duration(
                source, "ingest.session-timeout", Duration.ofSeconds(6), Duration.ofSeconds(1), MAX_TIMEOUT);
        Duration heartbeatInterval = PolicySettings.duration(
                source, "ingest.heartbeat-interval", Duration.ofMillis(1500), Duration.ofMillis(100), MAX_TIMEOUT);
        if (heartbeatInterval.multipliedBy(3).compareTo(sessionTimeout) > 0) {
            source.refuse("ingest.heartbeat-interval", "is more than a third of ingest.session-timeout");
        }
        Duration commitInterval = PolicySettings.duration(
                source, "ingest.commit-interval", Duration.ofMillis(100), Duration.ofMillis(10), MAX_TIMEOUT);
        Duration transactionTimeout = PolicySettings.duration(
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
}
