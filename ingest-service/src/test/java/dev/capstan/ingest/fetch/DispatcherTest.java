package dev.capstan.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.ingest.fetch.offsets.PartitionProgress;
import dev.capstan.ingest.fetch.web.BufferBudget;
import dev.capstan.ingest.fetch.web.HopResult;
import dev.capstan.ingest.fetch.web.RobotsTag;
import dev.capstan.ingest.fetch.web.WebAddress;
import dev.capstan.ingest.fetch.web.WebClient;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.schemas.records.LocatedPair;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DispatcherTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final ScheduledThreadPoolExecutor thread = new ScheduledThreadPoolExecutor(1);
    private final Dispatcher dispatcher = dispatcher();

    @AfterEach
    void end() {
        thread.shutdownNow();
    }

    @Test
    void shouldKeepNothingOfPartitionsThatWereLostHoweverLongTheirPairsMayWait() {
        PartitionProgress lost = new PartitionProgress(new OffsetAndMetadata(0), 100);
        PartitionProgress kept = new PartitionProgress(new OffsetAndMetadata(0), 100);
        for (int offset = 0; offset < 20; offset++) {
            dispatcher.submit(inAnHour(lost, offset));
        }
        dispatcher.submit(inAnHour(kept, 0));
        assertThat(thread.getQueue()).hasSize(21);

        lost.lose();
        dispatcher.forgetLost();

        assertThat(thread.getQueue()).hasSize(1);
        dispatcher.check();
    }

    private static FetchTask inAnHour(PartitionProgress progress, long offset) {
        History history = new History(1, 0, Optional.of(NOW), NOW.plusSeconds(3600), "pairs.located.retry", 0, offset);
        LocatedPair pair = new LocatedPair("https://example.org/" + offset, "text", "test", NOW, null);
        return new FetchTask(new Claim(progress, offset, 100), pair, history, FetchSpans.Taken.UNTRACED);
    }

    private Dispatcher dispatcher() {
        thread.setRemoveOnCancelPolicy(true);
        FetchConfig config = FetchConfig.from(
                ConfigurationSource.of(Map.of("bootstrap-servers", "127.0.0.1:1", "registry", "mock://unused")));
        return new Dispatcher(
                config,
                new NoWeb(),
                new Objections(new Takedowns(), new RobotsTag(Set.of(), "capstan")),
                new BufferBudget(1000),
                thread,
                Clock.fixed(NOW, ZoneOffset.UTC),
                System::nanoTime,
                new FetchMetrics(new SimpleMeterRegistry(), () -> 0, () -> 0),
                finished -> {
                    throw new AssertionError("nothing is due: " + finished);
                });
    }

    /** Nothing is due, and so nothing is asked. */
    private static final class NoWeb implements WebClient {
        @Override
        public void get(WebAddress address, Consumer<HopResult> done) {
            throw new AssertionError("asked for " + address);
        }

        @Override
        public void close() {}
    }
}
