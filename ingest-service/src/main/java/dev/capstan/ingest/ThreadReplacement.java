package dev.capstan.ingest;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces stream threads that fail, but not for ever: where failures come faster than the bound, the process ends, and
 * whoever supervises it decides. Nothing is lost either way, for an uncommitted transaction is dropped.
 *
 * <p>Failing threads call it.
 */
final class ThreadReplacement implements StreamsUncaughtExceptionHandler {

    static final int MAX_REPLACEMENTS = 10;
    static final Duration WINDOW = Duration.ofMinutes(10);

    private static final Logger LOG = LoggerFactory.getLogger(ThreadReplacement.class);

    private final Clock clock;
    private final IngestMetrics metrics;
    private final Deque<Instant> replacements = new ArrayDeque<>();

    ThreadReplacement(Clock clock, IngestMetrics metrics) {
        this.clock = clock;
        this.metrics = metrics;
    }

    @Override
    public synchronized StreamThreadExceptionResponse handle(Throwable failure) {
        Instant now = clock.instant();
        while (!replacements.isEmpty() && replacements.getFirst().isBefore(now.minus(WINDOW))) {
            replacements.removeFirst();
        }
        if (failure instanceof VirtualMachineError || replacements.size() >= MAX_REPLACEMENTS) {
            LOG.error("thread=failed decision=shutdown replacements={}", replacements.size(), failure);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        replacements.addLast(now);
        metrics.threadReplaced();
        LOG.error("thread=failed decision=replace replacements={}", replacements.size(), failure);
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }
}
