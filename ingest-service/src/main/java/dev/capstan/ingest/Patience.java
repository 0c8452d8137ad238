package dev.capstan.ingest;

import dev.capstan.schemas.RegistryUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries again while the schema registry does not answer, with a pause after each try, and gives the failure on once the
 * pauses are used up: the stream thread then ends, its transaction is dropped, and its successor begins at the last
 * committed record. All pauses together must be shorter than a transaction may last.
 */
final class Patience {

    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
    private static final List<Duration> PAUSES =
            List.of(Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofSeconds(1), Duration.ofSeconds(2));

    /** Waits; interruptible. */
    @FunctionalInterface
    interface Sleeper {
        void sleep(Duration duration) throws InterruptedException;
    }

    private final Sleeper sleeper;

    Patience(Sleeper sleeper) {
        this.sleeper = sleeper;
    }

    static Patience waiting() {
        return new Patience(duration -> Thread.sleep(duration.toMillis()));
    }

    <T> T with(Supplier<T> call) {
        for (Duration pause : PAUSES) {
            try {
                return call.get();
            } catch (RegistryUnavailableException e) {
                LOG.warn("registry=unavailable pauseMillis={} reason={}", pause.toMillis(), e.getMessage());
                sleep(pause);
            }
        }
        return call.get();
    }

    private void sleep(Duration pause) {
        try {
            sleeper.sleep(pause);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}
