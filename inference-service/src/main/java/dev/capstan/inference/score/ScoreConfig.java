package dev.capstan.inference.score;

import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.KafkaSettings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How one scorer works. Valid by construction through {@link #from}.
 *
 * @param model name of the model that is followed
 * @param device where the model computes: cpu, gpu, gpu:N or auto
 * @param applicationId consumer group and prefix of transactional ids
 * @param stateDirectory where Kafka Streams keeps its lock and its process's id; one for each process
 * @param commitInterval how often a transaction is committed
 * @param sessionTimeout after so long without a heartbeat an instance counts as dead and its partitions move
 * @param transactionTimeout after so long the broker drops the transaction of a dead instance
 * @param tensorCacheBytes bytes of tensors kept to build the next version
 */
public record ScoreConfig(
        KafkaSettings kafka,
        String model,
        String device,
        String applicationId,
        Path stateDirectory,
        Duration commitInterval,
        Duration sessionTimeout,
        Duration transactionTimeout,
        long tensorCacheBytes) {

    /** First part of the keys. */
    public static final String SECTION = "score";

    private static final String DEFAULT_STATE_DIRECTORY =
            Path.of(".capstan", "score-state").toString();

    /** @throws dev.capstan.platform.InvalidConfigurationException naming every key that is wrong */
    public static ScoreConfig from(ConfigurationSource source) {
        KafkaSettings kafka = KafkaSettings.from(source);
        String model = source.text("score.model", "capstan-demo");
        String device = source.text("score.device", "cpu");
        if (!device.matches("cpu|auto|gpu(:\\d{1,4})?")) {
            source.refuse("score.device", "is \"" + device + "\": give cpu, gpu, gpu:N or auto");
        }
        String applicationId = source.text("score.application-id", "capstan-score");
        Path stateDirectory = Path.of(source.text("score.state-directory", DEFAULT_STATE_DIRECTORY));
        Duration commitInterval = source.duration("score.commit-interval", Duration.ofMillis(100));
        Duration sessionTimeout = source.duration("score.session-timeout", Duration.ofSeconds(6));
        Duration transactionTimeout = source.duration("score.transaction-timeout", Duration.ofSeconds(15));
        if (commitInterval.compareTo(transactionTimeout) >= 0) {
            source.refuse("score.commit-interval", "is not less than score.transaction-timeout");
        }
        long tensorCacheBytes = source.number("score.tensor-cache-bytes", 32L << 20, 0, 1L << 40);
        return source.finish(() -> new ScoreConfig(
                kafka,
                model,
                device,
                applicationId,
                stateDirectory,
                commitInterval,
                sessionTimeout,
                transactionTimeout,
                tensorCacheBytes));
    }
}
