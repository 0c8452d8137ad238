package dev.capstan.ingest;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The second line against records that are too large; the first refuses them before they are sent. It is reached only
 * when a topic's limit was lowered while the service runs. The transaction is lost then, and answering "resume" would
 * save nothing: it makes the limit {@linkplain RecordLimits#suspect suspect} and lets the thread fail. The thread's
 * successor reads the limits again, begins at the last committed record, and refuses the large one.
 *
 * <p>Producer threads call it.
 */
public final class OversizedRecordHandler implements ProductionExceptionHandler {

    /** Configuration key under which the handler finds the limits. */
    static final String LIMITS_KEY = "capstan.ingest.record.limits";

    private static final Logger LOG = LoggerFactory.getLogger(OversizedRecordHandler.class);

    private @Nullable RecordLimits limits;

    @Override
    public void configure(Map<String, ?> configuration) {
        if (!(configuration.get(LIMITS_KEY) instanceof RecordLimits shared)) {
            throw new IllegalStateException("the streams configuration lacks " + LIMITS_KEY);
        }
        limits = shared;
    }

    @Override
    public Response handleError(ErrorHandlerContext context, ProducerRecord<byte[], byte[]> unsent, Exception failure) {
        RecordLimits shared = limits;
        if (failure instanceof RecordTooLargeException && shared != null) {
            int keyBytes = unsent.key() == null ? 0 : unsent.key().length;
            int valueBytes = unsent.value() == null ? 0 : unsent.value().length;
            shared.suspect(unsent.topic(), keyBytes, valueBytes);
            LOG.warn(
                    "record=too-large topic={} bytes={} sourceTopic={} sourcePartition={} sourceOffset={}",
                    unsent.topic(),
                    keyBytes + valueBytes,
                    context.topic(),
                    context.partition(),
                    context.offset());
        }
        return Response.fail();
    }
}
