package dev.capstan.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.trainer.PairPipeline.Taken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PairPipelineTest {
    private static final TopicPartition P0 = new TopicPartition("pairs.curated", 0);
    private static final Preparation DONE = new Preparation.Unreadable("stands for any result");

    private final ManualWorkers workers = new ManualWorkers();
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void shouldHandOutPairsInTheOrderTheyWereReadWhateverIsDoneFirst() {
        PairPipeline pipeline = pipeline(10, 1000);
        submit(pipeline, 0, 1, 2);
        workers.run(2);
        workers.run(1);
        int readyBehindAGap = pipeline.ready(10);
        workers.run(0);

        List<Taken> taken = pipeline.take(10);

        assertThat(readyBehindAGap).isZero();
        assertThat(taken).extracting(record -> record.raw().offset()).containsExactly(0L, 1L, 2L);
    }

    @Test
    void shouldTakeNoMoreThanAskedFor() {
        PairPipeline pipeline = pipeline(10, 1000);
        submit(pipeline, 0, 1, 2);
        workers.runAll();

        List<Taken> taken = pipeline.take(2);

        assertThat(taken).hasSize(2);
        assertThat(pipeline.size()).isEqualTo(1);
    }

    @Test
    void shouldBeFullByPairsUntilHalfHasLeft() {
        PairPipeline pipeline = pipeline(4, 1000);
        submit(pipeline, 0, 1, 2, 3);
        workers.runAll();
        boolean fullAtFour = pipeline.isFull();
        pipeline.take(1);
        boolean roomAtThree = pipeline.hasRoom();

        pipeline.take(1);

        assertThat(fullAtFour).isTrue();
        assertThat(roomAtThree).isFalse();
        assertThat(pipeline.hasRoom()).isTrue();
    }

    @Test
    void shouldBeFullByBytes() {
        PairPipeline pipeline = pipeline(100, 25);

        submit(pipeline, 0, 1, 2);

        assertThat(pipeline.bytes()).isEqualTo(30);
        assertThat(pipeline.isFull()).isTrue();
    }

    @Test
    void shouldSayHowLongTheOldestHasWaited() {
        PairPipeline pipeline = pipeline(10, 1000);
        submit(pipeline, 0);
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        submit(pipeline, 1);
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());

        Duration waited = pipeline.waited();

        assertThat(waited).isEqualTo(Duration.ofSeconds(3));
    }

    @Test
    void shouldTryAgainWhatCouldNotBePreparedForAnOutsideReason() {
        AtomicInteger calls = new AtomicInteger();
        PairPipeline pipeline = new PairPipeline(
                (raw, draw) -> calls.incrementAndGet() < 3 ? new Preparation.Unavailable("registry away") : DONE,
                workers,
                new PairPipeline.Limits(10, 1000),
                nanos::get);
        submit(pipeline, 0);
        List<Integer> readyAfterEachRest = new ArrayList<>();

        for (int i = 0; i < 3; i++) {
            workers.runAll();
            readyAfterEachRest.add(pipeline.ready(1));
            nanos.addAndGet(Duration.ofMillis(1001).toNanos());
            readyAfterEachRest.add(pipeline.ready(1));
        }

        assertThat(readyAfterEachRest).containsExactly(0, 0, 0, 0, 1, 1);
        assertThat(calls).hasValue(3);
    }

    @Test
    void shouldHoldNothingAfterClearing() {
        PairPipeline pipeline = pipeline(2, 1000);
        submit(pipeline, 0, 1);

        pipeline.clear();
        workers.runAll();

        assertThat(pipeline.size()).isZero();
        assertThat(pipeline.bytes()).isZero();
        assertThat(pipeline.ready(10)).isZero();
        assertThat(pipeline.waited()).isZero();
    }

    private PairPipeline pipeline(int pairs, long bytes) {
        return new PairPipeline((raw, draw) -> DONE, workers, new PairPipeline.Limits(pairs, bytes), nanos::get);
    }

    private static void submit(PairPipeline pipeline, long... offsets) {
        for (long offset : offsets) {
            pipeline.submit(new RawPair(P0, offset, new byte[10]));
        }
    }

    /** Runs tasks when and in the order that a test says. */
    private static final class ManualWorkers extends AbstractExecutorService implements ExecutorService {
        private final List<Runnable> tasks = new ArrayList<>();

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        void run(int index) {
            tasks.get(index).run();
        }

        void runAll() {
            List.copyOf(tasks).forEach(Runnable::run);
        }

        @Override
        public void shutdown() {
            tasks.clear();
        }

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}
