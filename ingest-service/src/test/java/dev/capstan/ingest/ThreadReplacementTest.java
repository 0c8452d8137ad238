package dev.capstan.ingest;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.junit.jupiter.api.Test;

class ThreadReplacementTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final ThreadReplacement replacement = new ThreadReplacement(clock(), new IngestMetrics(meters));

    @Test
    void shouldReplaceUpToTheBound() {
        StreamThreadExceptionResponse last = REPLACE_THREAD;
        for (int failure = 0; failure < ThreadReplacement.MAX_REPLACEMENTS; failure++) {
            last = replacement.handle(new IllegalStateException("failure " + failure));
        }

        StreamThreadExceptionResponse beyond = replacement.handle(new IllegalStateException("one more"));

        assertThat(last).isEqualTo(REPLACE_THREAD);
        assertThat(beyond).isEqualTo(SHUTDOWN_CLIENT);
        assertThat(meters.get("capstan.ingest.threads.replaced").counter().count())
                .isEqualTo(ThreadReplacement.MAX_REPLACEMENTS);
    }

    @Test
    void shouldForgetFailuresOfLongAgo() {
        for (int failure = 0; failure < ThreadReplacement.MAX_REPLACEMENTS; failure++) {
            replacement.handle(new IllegalStateException("failure " + failure));
        }
        now = now.plus(ThreadReplacement.WINDOW).plus(Duration.ofSeconds(1));

        StreamThreadExceptionResponse response = replacement.handle(new IllegalStateException("later"));

        assertThat(response).isEqualTo(REPLACE_THREAD);
    }

    @Test
    void shouldEndWhenTheMachineFails() {
        StreamThreadExceptionResponse response = replacement.handle(new OutOfMemoryError("heap"));

        assertThat(response).isEqualTo(SHUTDOWN_CLIENT);
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
    }
}
