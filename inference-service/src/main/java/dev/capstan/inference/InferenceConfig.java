package dev.capstan.inference;

import dev.capstan.inference.labels.LabelSetLimits;
import dev.capstan.inference.loop.BatchLimits;
import dev.capstan.inference.requests.RequestLimits;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.images.ImageLimits;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * How one inference process answers with one model. Valid by construction through {@link #from}.
 *
 * @param model name of the model that is followed
 * @param instance name of this process, different from that of every other inference process and the same after a
 *     restart: a successor takes its place in the consumer group and settles its open transaction; without one, the host's name
 * @param device where the model computes: cpu, gpu, gpu:N or auto
 * @param batch how much is answered in one transaction
 * @param images what one image may cost
 * @param requests what one request may ask for
 * @param labelSets how much of labels.sets is held
 * @param labels embeddings of labels
 * @param replyTopics topics that replies may go to
 * @param decodeThreads threads that decode images
 * @param tensorCacheBytes bytes of tensors kept to build the next version
 * @param timing how patient the process is
 */
public record InferenceConfig(
        KafkaSettings kafka,
        String model,
        String instance,
        String device,
        BatchLimits batch,
        ImageLimits images,
        RequestLimits requests,
        LabelSetLimits labelSets,
        Labels labels,
        Set<String> replyTopics,
        int decodeThreads,
        long tensorCacheBytes,
        Timing timing) {

    /** Consumer group of every inference process. */
    public static final String GROUP = "capstan-inference";

    /** First part of the keys. */
    public static final String SECTION = "inference";

    /**
     * Embeddings of labels.
     *
     * @param maxCached most labels whose embeddings one model keeps ({@code max-cached-labels})
     * @param maxWarmTexts most texts that are embedded before a model is served
     */
    public record Labels(long maxCached, long maxWarmTexts) {}

    /**
     * How patient the process is.
     *
     * @param session how long the group waits for a member that is silent, before others take its partitions ({@code session-timeout})
     * @param transaction how long an open transaction of a dead process may hold readers up ({@code transaction-timeout})
     * @param stall how long one turn of the request loop may take before the process is called dead ({@code stall-timeout})
     * @param close how long an orderly end may take ({@code close-timeout})
     */
    public record Timing(Duration session, Duration transaction, Duration stall, Duration close) {}

    private static final int KIBIBYTE = 1024;
    private static final int MEBIBYTE = 1024 * KIBIBYTE;

    public InferenceConfig {
        replyTopics = Set.copyOf(replyTopics);
    }

    /** Names this process's transactions: whoever starts with it fences whoever ran before. */
    public String transactionalId() {
        return GROUP + "-" + model + "-" + instance;
    }

    /** @throws dev.capstan.platform.InvalidConfigurationException naming every key that is wrong */
    public static InferenceConfig from(ConfigurationSource source) {
        KafkaSettings kafka = KafkaSettings.from(source);
        String model = source.text("inference.model", "capstan-demo");
        String instance = source.optional("inference.instance").orElseGet(InferenceConfig::hostName);
        String device = source.text("inference.device", "cpu");
        if (!device.matches("cpu|auto|gpu(:\\d{1,4})?")) {
            source.refuse("inference.device", "is \"" + device + "\": give cpu, gpu, gpu:N or auto");
        }
        BatchLimits batch = new BatchLimits(
                source.integer("inference.max-batch-requests", 32, 1, 4096),
                source.integer("inference.max-batch-captions", 8, 1, 4096),
                source.number("inference.max-batch-bytes", 8 * MEBIBYTE, 1, 1L << 30));
        int textCharacters = source.integer("inference.max-text-characters", 256, 1, 65_536);
        ImageLimits images = new ImageLimits(
                source.integer("inference.max-image-bytes", 4 * MEBIBYTE, 1, 1 << 30),
                source.number("inference.max-image-pixels", 50_000_000, 1, Integer.MAX_VALUE),
                source.integer("inference.max-decoded-pixels", 512 * 512, 1, 1 << 28),
                ImageLimits.allFormats(),
                ImageLimits.WHITE);
        RequestLimits requests = new RequestLimits(
                source.integer("inference.max-labels", 2000, 1, 1_000_000),
                source.integer("inference.max-templates", 100, 1, 10_000),
                source.integer("inference.max-label-texts", 8192, 1, 10_000_000),
                textCharacters,
                source.integer("inference.max-tokens", 64, 1, 4096),
                source.integer("inference.max-beams", 8, 1, 64));
        LabelSetLimits labelSets = new LabelSetLimits(
                source.integer("inference.max-label-sets", 1000, 1, 1_000_000),
                source.integer("inference.max-label-set-texts", 100_000, 1, 10_000_000),
                source.integer("inference.max-label-sets-labels", 200_000, 1, 10_000_000),
                textCharacters);
        Labels labels = new Labels(
                source.number("inference.max-cached-labels", 20_000, 1, 10_000_000),
                source.number("inference.max-warm-texts", 20_000, 0, 10_000_000));
        Set<String> replyTopics = Set.copyOf(source.list("inference.reply-topics", List.of()));
        int decodeThreads = source.integer("inference.decode-threads", 2, 1, 64);
        long tensorCacheBytes = source.number("inference.tensor-cache-bytes", 32 * MEBIBYTE, 0, 1L << 40);
        Timing timing = new Timing(
                source.duration("inference.session-timeout", Duration.ofSeconds(10)),
                source.duration("inference.transaction-timeout", Duration.ofSeconds(15)),
                source.duration("inference.stall-timeout", Duration.ofMinutes(2)),
                source.duration("inference.close-timeout", Duration.ofSeconds(10)));
        return source.finish(() -> new InferenceConfig(
                kafka,
                model,
                instance,
                device,
                batch,
                images,
                requests,
                labelSets,
                labels,
                replyTopics,
                decodeThreads,
                tensorCacheBytes,
                timing));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // A machine without a name; give inference.instance where there are several.
            return "inference";
        }
    }
}
