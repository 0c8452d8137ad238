package dev.capstan.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.capstan.checkpoints.RecordKeys.ChunkKey;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.LiveAction;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.schemas.records.TensorChunk;
import dev.capstan.schemas.records.TensorRole;
import dev.capstan.testing.KafkaExtension;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CheckpointFollowerTest {
    @RegisterExtension
    static final KafkaExtension KAFKA = new KafkaExtension();

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final TensorValue FROZEN = Drafts.tensor("language_model.w", 1_000, 500);

    private final BlockingQueue<ReloadEvent> events = new LinkedBlockingQueue<>();
    private final ModelCounter models = new ModelCounter();
    private final List<List<TensorValue>> loaded = new ArrayList<>();
    private CheckpointWriter writer;
    private Promotion promotion;
    private RawLog raw;

    @BeforeEach
    void open() {
        KAFKA.recreateTopics();
        writer = new CheckpointWriter(KAFKA.clientProperties(), "trainer");
        writer.initialise();
        promotion = new Promotion(KAFKA.clientProperties());
        raw = new RawLog(KAFKA.clientProperties());
    }

    @AfterEach
    void close() {
        writer.close();
        promotion.close();
        raw.close();
    }

    @Test
    void shouldServeWhatIsLiveWhenItStarts() throws InterruptedException {
        publish(3);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        promotion.promote(Drafts.MODEL, 2, "second", "test");
        try (CheckpointFollower<FakeModel> follower = follower(this::load)) {
            ReloadEvent event = nextEvent();

            assertThat(event.getVersion()).isEqualTo(2);
            assertThat(event.getOutcome()).isEqualTo(ReloadOutcome.SERVING);
            assertThat(event.getInstance()).isEqualTo("inference-1");
            assertThat(event.getBytesFetched()).isEqualTo(2_000 + 40);
            assertThat(follower.servedVersion()).hasValue(2);
            assertThat(models.opened()).isEqualTo(1);
        }
    }

    @Test
    void shouldWaitWhileNothingIsLive() throws InterruptedException {
        publish(1);
        try (CheckpointFollower<FakeModel> follower = follower(this::load)) {
            assertThat(follower.awaitServing(Duration.ofMillis(300))).isFalse();
            assertThat(follower.state()).isEqualTo(FollowerState.WAITING);
            assertThat(follower.tryLease()).isEmpty();
            assertThatThrownBy(follower::lease)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("No version of capstan-test is served");

            promotion.promote(Drafts.MODEL, 1, "first", "test");

            assertThat(follower.awaitServing(TIMEOUT)).isTrue();
        }
    }

    @Test
    void shouldFetchOnlyWhatChanged() throws InterruptedException {
        publish(2);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        try (CheckpointFollower<FakeModel> follower = follower(this::load)) {
            nextEvent();

            promotion.promote(Drafts.MODEL, 2, "second", "test");

            assertThat(nextEvent().getBytesFetched()).isEqualTo(40);
            assertThat(loaded.get(1)).containsExactly(FROZEN, learnt(2));
            promotion.rollback(Drafts.MODEL, 1, "worse", "test");
            assertThat(nextEvent().getBytesFetched()).isZero();
            assertThat(loaded.get(2)).containsExactly(FROZEN, learnt(1));
            assertThat(follower.servedVersion()).hasValue(1);
        }
    }

    @Test
    void shouldKeepTheOldModelForLeasesThatAreOpen() throws InterruptedException {
        publish(2);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        try (CheckpointFollower<FakeModel> follower = follower(this::load)) {
            nextEvent();
            try (Lease<FakeModel> old = follower.lease()) {
                promotion.promote(Drafts.MODEL, 2, "second", "test");
                nextEvent();

                try (Lease<FakeModel> current = follower.lease()) {
                    assertThat(current.version()).isEqualTo(2);
                    assertThat(current.model().answer()).isEqualTo(2);
                }
                assertThat(old.version()).isEqualTo(1);
                assertThat(old.model().answer()).isEqualTo(1);
                assertThat(models.alive()).isEqualTo(2);
            }
            assertThat(models.alive()).isEqualTo(1);
        }
        assertThat(models.alive()).isZero();
    }

    @Test
    void shouldKeepTheOldModelWhenTheNewOneCannotBeBuilt() throws InterruptedException {
        publish(3);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        ModelLoader<FakeModel> loader = (manifest, tensors) -> {
            if (version(manifest) == 2) {
                throw new IllegalStateException("warm-up gave NaN");
            }
            return load(manifest, tensors);
        };
        try (CheckpointFollower<FakeModel> follower = follower(loader)) {
            nextEvent();

            promotion.promote(Drafts.MODEL, 2, "second", "test");

            ReloadEvent failed = nextEvent();
            assertThat(failed.getOutcome()).isEqualTo(ReloadOutcome.FAILED);
            assertThat(failed.getReason()).contains("warm-up gave NaN");
            assertThat(follower.servedVersion()).hasValue(1);
            assertThat(follower.state()).isEqualTo(FollowerState.HOLDING);
            promotion.promote(Drafts.MODEL, 3, "third", "test");
            assertThat(nextEvent().getOutcome()).isEqualTo(ReloadOutcome.SERVING);
            assertThat(follower.servedVersion()).hasValue(3);
        }
        assertThat(models.alive()).isZero();
    }

    @Test
    void shouldServeAgainAtOnceWhenTheLiveRecordComesBackToTheServedVersion() throws InterruptedException {
        publish(2);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        ModelLoader<FakeModel> loader = (manifest, tensors) -> {
            if (version(manifest) == 2) {
                throw new IllegalStateException("broken");
            }
            return load(manifest, tensors);
        };
        try (CheckpointFollower<FakeModel> follower = follower(loader)) {
            nextEvent();
            promotion.promote(Drafts.MODEL, 2, "second", "test");
            nextEvent();

            promotion.rollback(Drafts.MODEL, 1, "second cannot be served", "test");

            await().atMost(TIMEOUT).until(() -> follower.state() == FollowerState.SERVING);
            assertThat(models.opened()).isEqualTo(1);
            assertThat(events).isEmpty();
        }
    }

    @Test
    void shouldRefuseACorruptTensorAndKeepTheOldModel() throws InterruptedException {
        publish(1);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        TensorValue corrupt = Drafts.tensor("projection.w", 77, 10);
        long offset = raw.put(
                Topics.CHECKPOINTS_TENSORS,
                new ChunkKey(corrupt.digest(), 0).text(),
                new TensorChunk(corrupt.digest(), 0, 1, learnt(1).bytes()));
        raw.put(
                Topics.CHECKPOINTS_MANIFESTS,
                Drafts.MODEL + "/2",
                Manifests.manifest(Drafts.MODEL, 2, Manifests.entry(corrupt, TensorRole.SERVING, offset)));
        try (CheckpointFollower<FakeModel> follower = follower(this::load)) {
            nextEvent();

            promotion.promote(Drafts.MODEL, 2, "second", "test");

            ReloadEvent failed = nextEvent();
            assertThat(failed.getOutcome()).isEqualTo(ReloadOutcome.FAILED);
            assertThat(failed.getReason())
                    .startsWith("Tensor projection.w of capstan-test version 2 does not have the bytes of its digest");
            assertThat(follower.servedVersion()).hasValue(1);
            assertThat(models.opened()).isEqualTo(1);
        }
    }

    @Test
    void shouldRefuseAVersionThatIsNotThere() throws InterruptedException {
        raw.put(Topics.CHECKPOINTS_LIVE, Drafts.MODEL, live(9));
        try (CheckpointFollower<FakeModel> follower = follower(this::load)) {
            ReloadEvent failed = nextEvent();

            assertThat(failed.getReason()).isEqualTo("No manifest of capstan-test version 9 is in the log");
            assertThat(follower.state()).isEqualTo(FollowerState.HOLDING);
            assertThat(follower.tryLease()).isEmpty();
        }
    }

    @Test
    void shouldTryAgainByItselfWhenTheFaultPasses() throws InterruptedException {
        try (Producer<String, SpecificRecord> slow =
                LogClients.transactional(KAFKA.clientProperties(), "slow", WriterOptions.defaults())) {
            slow.initTransactions();
            slow.beginTransaction();
            RawLog.send(
                    slow,
                    new ProducerRecord<>(
                            Topics.CHECKPOINTS_MANIFESTS.topicName(),
                            Drafts.MODEL + "/1",
                            Manifests.manifest(Drafts.MODEL, 1)));
            raw.put(Topics.CHECKPOINTS_LIVE, Drafts.MODEL, live(1));
            try (CheckpointFollower<FakeModel> follower = follower(this::load)) {
                ReloadEvent hidden = nextEvent();
                FollowerState meanwhile = follower.state();

                slow.commitTransaction();

                assertThat(hidden.getOutcome()).isEqualTo(ReloadOutcome.FAILED);
                assertThat(hidden.getReason()).endsWith("version 1 is in the log yet");
                assertThat(meanwhile).isIn(FollowerState.BACKING_OFF, FollowerState.LOADING);
                assertThat(follower.awaitServing(TIMEOUT)).isTrue();
                assertThat(follower.servedVersion()).hasValue(1);
            }
        }
    }

    @Test
    void shouldIgnoreLiveRecordsThatCannotBeReadAndThoseOfOtherModels() throws InterruptedException {
        publish(2);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        try (CheckpointFollower<FakeModel> follower = follower(this::load)) {
            nextEvent();
            raw.put(Topics.CHECKPOINTS_LIVE, "another", live(2));
            raw.putBytes(Topics.CHECKPOINTS_LIVE, Drafts.MODEL, new byte[] {1, 2, 3});
            await().atMost(TIMEOUT).until(() -> follower.state() == FollowerState.HOLDING);

            raw.put(Topics.CHECKPOINTS_LIVE, Drafts.MODEL, live(2));

            assertThat(nextEvent().getVersion()).isEqualTo(2);
            assertThat(models.opened()).isEqualTo(2);
        }
    }

    @Test
    void shouldGoOnWhenTheListenerFails() throws InterruptedException {
        publish(1);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        ReloadListener listener = event -> {
            throw new IllegalStateException("the topic is full");
        };
        try (CheckpointFollower<FakeModel> follower = new CheckpointFollower<>(
                KAFKA.clientProperties(), options(), this::load, listener, Clock.systemUTC())) {
            follower.start();

            assertThat(follower.awaitServing(TIMEOUT)).isTrue();
            assertThat(follower.state()).isEqualTo(FollowerState.SERVING);
        }
    }

    @Test
    void shouldFreeAModelThatIsReadyOnlyAfterTheFollowerWasClosed() throws InterruptedException {
        publish(1);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        CountDownLatch building = new CountDownLatch(1);
        CountDownLatch closing = new CountDownLatch(1);
        CheckpointFollower<FakeModel> follower = follower((manifest, tensors) -> {
            building.countDown();
            closing.await();
            return load(manifest, tensors);
        });
        building.await();
        Thread closer = new Thread(follower::close);
        closer.start();
        await().atMost(TIMEOUT).until(() -> closer.getState() == Thread.State.TIMED_WAITING);

        closing.countDown();

        closer.join();
        assertThat(models.opened()).isEqualTo(1);
        assertThat(models.alive()).isZero();
        assertThat(follower.state()).isEqualTo(FollowerState.STOPPED);
        assertThat(events).isEmpty();
    }

    @Test
    void shouldCloseWithoutHavingStarted() {
        CheckpointFollower<FakeModel> follower = new CheckpointFollower<>(
                KAFKA.clientProperties(), options(), this::load, events::add, Clock.systemUTC());

        follower.close();

        assertThat(follower.tryLease()).isEmpty();
    }

    @Test
    void shouldLeakNothingInFiftyReloadsAndFiftyFailedOnesUnderLoad() throws InterruptedException, ExecutionException {
        publish(101);
        promotion.promote(Drafts.MODEL, 1, "first", "test");
        ModelLoader<FakeModel> everySecondFails = (manifest, tensors) -> {
            FakeModel model = load(manifest, tensors);
            if (version(manifest) % 2 == 0) {
                model.close();
                throw new IllegalStateException("even versions are broken");
            }
            return model;
        };
        ExecutorService askers = Executors.newFixedThreadPool(4);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong answers = new AtomicLong();
        try (CheckpointFollower<FakeModel> follower = follower(everySecondFails)) {
            nextEvent();
            List<Future<?>> loads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                loads.add(askers.submit(() -> askUntil(stop, follower, answers)));
            }

            int served = 0;
            int failed = 0;
            for (long version = 2; version <= 101; version++) {
                promotion.promote(Drafts.MODEL, version, "next", "test");
                ReloadEvent event = nextEvent();
                assertThat(event.getVersion()).isEqualTo(version);
                served += event.getOutcome() == ReloadOutcome.SERVING ? 1 : 0;
                failed += event.getOutcome() == ReloadOutcome.FAILED ? 1 : 0;
            }
            stop.set(true);
            for (Future<?> load : loads) {
                load.get();
            }

            assertThat(served).isEqualTo(50);
            assertThat(failed).isEqualTo(50);
            assertThat(answers.get()).isPositive();
            assertThat(models.opened()).isEqualTo(101);
            assertThat(models.alive()).isEqualTo(1);
        } finally {
            stop.set(true);
            askers.shutdown();
        }
        assertThat(models.alive()).isZero();
    }

    private static void askUntil(AtomicBoolean stop, CheckpointFollower<FakeModel> follower, AtomicLong answers) {
        while (!stop.get()) {
            try (Lease<FakeModel> lease = follower.lease()) {
                if (lease.model().answer() != lease.version()) {
                    throw new IllegalStateException("Version " + lease.version() + " answered as another");
                }
                answers.incrementAndGet();
            }
            LockSupport.parkNanos(100_000);
        }
    }

    private CheckpointFollower<FakeModel> follower(ModelLoader<FakeModel> loader) {
        CheckpointFollower<FakeModel> follower =
                new CheckpointFollower<>(KAFKA.clientProperties(), options(), loader, events::add, Clock.systemUTC());
        follower.start();
        return follower;
    }

    private static FollowerOptions options() {
        return new FollowerOptions(
                Drafts.MODEL,
                "inference-1",
                new ReadLimits(1 << 20, 1 << 20, TIMEOUT),
                1 << 20,
                Duration.ofMillis(50),
                Duration.ofMillis(200),
                TIMEOUT);
    }

    private FakeModel load(CheckpointManifest manifest, List<TensorValue> tensors) {
        loaded.add(tensors);
        return models.open(version(manifest));
    }

    private ReloadEvent nextEvent() throws InterruptedException {
        ReloadEvent event = events.poll(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        assertThat(event).as("a reload event in time").isNotNull();
        return event;
    }

    /** Versions that share one frozen tensor; each has one learnt tensor of its own. */
    private void publish(int versions) {
        for (int version = 1; version <= versions; version++) {
            writer.publish(Drafts.trained(version - 1, List.of(), List.of(FROZEN, learnt(version)), List.of()));
        }
    }

    private static TensorValue learnt(long version) {
        return Drafts.tensor("projection.w", version, 10);
    }

    private static long version(CheckpointManifest manifest) {
        return manifest.getLineage().getVersion();
    }

    private static LiveVersion live(long version) {
        return new LiveVersion(Drafts.MODEL, version, LiveAction.PROMOTE, "by hand", "test", Instant.EPOCH);
    }
}
