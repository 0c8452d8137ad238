package dev.capstan.inference.reload;

import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.ReloadEvent;
import java.time.Duration;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes reload events to their topic, with a producer of its own: they belong to no batch of answers. The follower's
 * thread.
 *
 * <p>An event that cannot be written is logged and lost: what is served must not depend on being able to tell of it.
 */
public final class ReloadEventPublisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReloadEventPublisher.class);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final Producer<String, ReloadEvent> producer;

    /** @param producer waits for all replicas; owned */
    public ReloadEventPublisher(Producer<String, ReloadEvent> producer) {
        this.producer = producer;
    }

    // The callback hears of the failure.
    @SuppressWarnings("FutureReturnValueIgnored")
    public void publish(ReloadEvent event) {
        LOG.info(
                "reload ended model={} checkpoint={} outcome={} reason={} bytesFetched={}",
                event.getModel(),
                event.getVersion(),
                event.getOutcome(),
                event.getReason(),
                event.getBytesFetched());
        try {
            producer.send(
                    new ProducerRecord<>(Topics.EVENTS_RELOADS.topicName(), event.getInstance(), event),
                    (metadata, failure) -> {
                        if (failure != null) {
                            lost(event, failure);
                        }
                    });
        } catch (KafkaException e) {
            lost(event, e);
        }
    }

    @Override
    public void close() {
        producer.close(CLOSE);
    }

    private static void lost(ReloadEvent event, Exception failure) {
        LOG.error("reload event lost model={} checkpoint={}", event.getModel(), event.getVersion(), failure);
    }
}
