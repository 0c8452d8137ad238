package dev.capstan.ingest.fetch.hosts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostQueuesTest {
    private static final long MILLISECOND = 1_000_000;
    private static final HostLimits LIMITS = new HostLimits(Duration.ofMillis(100), 2, 10, Duration.ofMillis(2000));

    private final HostQueues<Integer> queues = new HostQueues<>(LIMITS);
    private final List<HostQueues.Start<Integer>> underWay = new ArrayList<>();

    @Test
    void shouldPauseBetweenRequestsToOneHostAndNotBetweenHosts() {
        offer("one", "/1", 1, 0);
        offer("one", "/2", 2, 0);
        offer("other", "/3", 3, 0);

        assertThat(startAt(0)).containsExactlyInAnyOrder(1, 3);
        assertThat(startAt(99)).isEmpty();
        assertThat(startAt(100)).containsExactly(2);
    }

    @Test
    void shouldBoundTheRequestsToOneHost() {
        for (int number = 1; number <= 4; number++) {
            offer("slow", "/" + number, number, 0);
        }
        startAt(0);
        startAt(100);

        assertThat(startAt(1000)).isEmpty();
        queues.ended(underWay.get(0));
        assertThat(startAt(1000)).containsExactly(3);
    }

    @Test
    void shouldStartOneAddressesEntriesInTurn() {
        offer("one", "/same", 1, 0);
        offer("one", "/same", 2, 0);
        startAt(0);

        assertThat(startAt(500)).isEmpty();
        queues.ended(underWay.get(0));
        assertThat(startAt(500)).containsExactly(2);
    }

    @Test
    void shouldTurnAwayWhatExceedsTheQueue() {
        for (int number = 0; number < 10; number++) {
            offer("one", "/" + number, number, 0);
        }

        assertThat(queues.offer("one", "/more", 99, 0)).isPresent();
        assertThat(queues.offer("other", "/more", 99, 0)).isEmpty();
        assertThat(queues.waiting()).isEqualTo(11);
    }

    @Test
    void shouldGiveBackWhatWaitedTooLong() {
        offer("slow", "/1", 1, 0);
        offer("slow", "/2", 2, 0);
        offer("slow", "/3", 3, 0);
        startAt(0);
        startAt(100);

        assertThat(queues.expired(1999 * MILLISECOND)).isEmpty();
        assertThat(queues.expired(2000 * MILLISECOND)).containsExactly(3);
        assertThat(queues.waiting()).isZero();
    }

    @Test
    void shouldGiveBackWhatAHostsRestKeepsTooLong() {
        offer("one", "/1", 1, 0);
        offer("one", "/2", 2, 0);
        startAt(0);

        List<Integer> putOff = queues.rest("one", 60_000 * MILLISECOND, 10 * MILLISECOND);

        assertThat(putOff).containsExactly(2);
        queues.ended(underWay.get(0));
        assertThat(queues.offer("one", "/3", 3, 20 * MILLISECOND)).isPresent();
        assertThat(queues.hosts()).isOne();
    }

    @Test
    void shouldForgetHostsThatAreDoneWith() {
        for (int number = 0; number < 1000; number++) {
            offer("host" + number, "/", number, 0);
        }
        startAt(0);
        underWay.forEach(queues::ended);

        startAt(100);

        assertThat(queues.hosts()).isZero();
        assertThat(queues.nextAt()).isEmpty();
    }

    private void offer(String host, String address, int value, long atMillis) {
        assertThat(queues.offer(host, host + address, value, atMillis * MILLISECOND))
                .isEmpty();
    }

    private List<Integer> startAt(long millis) {
        List<Integer> started = new ArrayList<>();
        for (Optional<HostQueues.Start<Integer>> start = queues.poll(millis * MILLISECOND);
                start.isPresent();
                start = queues.poll(millis * MILLISECOND)) {
            underWay.add(start.get());
            started.add(start.get().value());
        }
        // What is gone is dropped from the order of age as well.
        queues.expired(millis * MILLISECOND);
        return started;
    }
}
