package dev.capstan.checkpoints;

import dev.capstan.model.tensors.TensorValue;
import dev.capstan.schemas.AvroDeserializer;
import dev.capstan.schemas.PoisonRecordException;
import dev.capstan.schemas.Topics;
import dev.capstan.schemas.records.CheckpointManifest;
import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.ReloadEvent;
import dev.capstan.schemas.records.ReloadOutcome;
import dev.capstan.schemas.records.TensorEntry;
import dev.capstan.schemas.records.TensorRole;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the version of a model that checkpoints.live names, and changes it without a gap: a new version is checked,
 * fetched, verified, built and warmed beside the old one, then one reference is swapped, and the old model is freed when
 * its last lease ends. Whatever fails leaves the old one in service and frees all of the new.
 *
 * <p>Threads: the follower's own thread follows the log, calls the {@link ModelLoader} and the {@link ReloadListener};
 * {@link #lease()}, {@link #state()} and {@link #close()} may be called from any.
 *
 * <p>States ({@link FollowerState}):
 *
 * <pre>
 *  WAITING ──live record──> LOADING ──built, warmed, swapped──> SERVING
 *                             │  ▲ └──missing, corrupt, lying, not loadable──> HOLDING
 *              no answer in time │                                               │
 *                             ▼  └─────────── new live record ───────────────────┘ (also from SERVING)
 *                        BACKING_OFF ──wait over, or new live record──> LOADING
 *  any ──close, or a bug──> STOPPED
 * </pre>
 *
 * A live record that names the version in service leads to SERVING at once.
 *
 * @param <M> the model; owned by the follower from the moment the loader returns it
 */
public final class CheckpointFollower<M extends AutoCloseable> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFollower.class);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(10);
    /** While older live records may be followed by newer ones that were there at the start. */
    private static final Duration CATCH_UP_POLL = Duration.ofMillis(100);

    private final FollowerOptions options;
    private final ModelLoader<M> loader;
    private final ReloadListener listener;
    private final Clock clock;
    private final LiveTail tail;
    private final CheckpointLog log;
    private final AvroDeserializer<LiveVersion> deserializer;
    private final TensorCache cache;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** Guards what follows. */
    private final Object monitor = new Object();

    private FollowerState state = FollowerState.WAITING;
    private @Nullable LeasedModel<M> served;
    private boolean closed;

    /** Only the follower's thread touches what follows. */
    private byte @Nullable [] asked;

    private boolean due;
    private Duration backOff;
    private @Nullable Deadline retry;

    /**
     * @param clientProperties {@code bootstrap.servers}, {@code schema.registry.url}, and what else clients need
     * @param clock of reload events
     */
    public CheckpointFollower(
            Map<String, Object> clientProperties,
            FollowerOptions options,
            ModelLoader<M> loader,
            ReloadListener listener,
            Clock clock) {
        this.options = options;
        this.loader = loader;
        this.listener = listener;
        this.clock = clock;
        tail = new LiveTail(LogClients.tail(clientProperties), options.model());
        log = new CheckpointLog(clientProperties, options.limits());
        deserializer = LogClients.deserializer(clientProperties, LiveVersion.class);
        cache = new TensorCache(options.cacheBytes());
        backOff = options.firstBackOff();
        thread = new Thread(this::run, "checkpoint-follower-" + options.model());
        thread.setDaemon(true);
    }

    /** Starts to follow; once. */
    public void start() {
        thread.start();
    }

    /**
     * Leases the model in service.
     *
     * @throws IllegalStateException if no version is served yet, or the follower is closed
     */
    public Lease<M> lease() {
        return tryLease()
                .orElseThrow(() -> new IllegalStateException("No version of " + options.model() + " is served"));
    }

    /** Leases the model in service, if there is one. */
    public Optional<Lease<M>> tryLease() {
        synchronized (monitor) {
            return served == null ? Optional.empty() : served.lease();
        }
    }

    /** The version in service. */
    public OptionalLong servedVersion() {
        synchronized (monitor) {
            return served == null ? OptionalLong.empty() : OptionalLong.of(served.version());
        }
    }

    public FollowerState state() {
        synchronized (monitor) {
            return state;
        }
    }

    /** Waits until a version is served; false if that took too long or the follower stopped. */
    public boolean awaitServing(Duration timeout) throws InterruptedException {
        Deadline deadline = Deadline.after(timeout);
        synchronized (monitor) {
            while (served == null && state != FollowerState.STOPPED && !deadline.isOver()) {
                TimeUnit.NANOSECONDS.timedWait(monitor, deadline.remaining().toNanos());
            }
            return served != null;
        }
    }

    /** Stops following, and frees the model when its last lease ends. */
    @Override
    public void close() {
        LeasedModel<M> last;
        synchronized (monitor) {
            closed = true;
            last = served;
            served = null;
        }
        closing.countDown();
        if (thread.getState() == Thread.State.NEW) {
            releaseClients();
        } else {
            tail.wakeup();
            log.wakeup();
            joinThread();
        }
        if (last != null) {
            last.retire();
        }
    }

    private void joinThread() {
        try {
            thread.join(options.closeTimeout().toMillis() + 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.warn("a reload is still going on while the follower closes model={}", options.model());
        }
    }

    private void run() {
        try {
            while (!isClosing()) {
                follow();
            }
        } catch (WakeupException | InterruptException e) {
            if (!isClosing()) {
                LOG.error("follower was interrupted; what is served stays served model={}", options.model(), e);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("follower broke; what is served stays served model={}", options.model(), e);
        } finally {
            become(FollowerState.STOPPED);
            releaseClients();
        }
    }

    /** One turn: takes what came, and reloads if that is due. */
    private void follow() {
        try {
            tail.poll(pollTime()).ifPresent(this::ask);
            if (isReloadDue()) {
                reload();
            }
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (KafkaException | CheckpointUnavailableException e) {
            LOG.warn("the live version cannot be followed model={}: {}", options.model(), e.toString());
            pause(options.firstBackOff());
        }
    }

    private Duration pollTime() {
        if (due) {
            return CATCH_UP_POLL;
        }
        Deadline next = retry;
        Duration left = next == null ? LONGEST_POLL : next.remaining();
        return left.compareTo(LONGEST_POLL) < 0 ? left : LONGEST_POLL;
    }

    private void ask(byte[] live) {
        asked = live;
        due = true;
        backOff = options.firstBackOff();
    }

    private boolean isReloadDue() {
        Deadline next = retry;
        return asked != null && tail.isCaughtUp() && (due || (next != null && next.isOver()));
    }

    private void reload() {
        byte[] record = asked;
        if (record == null) {
            throw new IllegalStateException("Nothing is asked for");
        }
        due = false;
        retry = null;
        LiveVersion live;
        try {
            live = deserializer.deserialize(Topics.CHECKPOINTS_LIVE.topicName(), record);
        } catch (PoisonRecordException e) {
            LOG.error("the live record cannot be read model={}", options.model(), e);
            become(FollowerState.HOLDING);
            return;
        } catch (KafkaException e) {
            LOG.warn("the live record cannot be read yet model={}: {}", options.model(), e.toString());
            retryLater();
            return;
        }
        if (live == null || isServed(live.getVersion())) {
            become(FollowerState.SERVING);
            return;
        }
        become(FollowerState.LOADING);
        load(live);
    }

    private void load(LiveVersion live) {
        long before = log.bytesFetched();
        try {
            CheckpointManifest manifest = log.manifest(options.model(), live.getVersion())
                    .orElseThrow(() -> log.missing(options.model(), live.getVersion()));
            tellBeginning(live);
            Map<String, TensorValue> used = new HashMap<>();
            List<TensorValue> tensors = tensors(manifest, used);
            M model = loader.load(manifest, tensors);
            Optional<Instant> swapped = swap(new LeasedModel<>(live.getVersion(), model));
            cache.keep(used);
            backOff = options.firstBackOff();
            long fetched = log.bytesFetched() - before;
            swapped.ifPresent(instant -> report(live, ReloadOutcome.SERVING, null, fetched, instant));
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        } catch (CheckpointUnavailableException | KafkaException e) {
            retryLater();
            fail(live, log.bytesFetched() - before, e);
        } catch (Exception | LinkageError | OutOfMemoryError e) {
            become(FollowerState.HOLDING);
            fail(live, log.bytesFetched() - before, e);
        }
    }

    /** The serving tensors in the manifest's order: what is kept from before, and the rest from the log. */
    private List<TensorValue> tensors(CheckpointManifest manifest, Map<String, TensorValue> used) {
        Set<TensorRole> roles = Set.of(TensorRole.SERVING);
        List<TensorEntry> entries = new ManifestCheck(manifest, options.limits()).entries(roles);
        Set<String> known = cache.digests();
        Iterator<TensorValue> fetched = log.fetch(manifest, roles, known).iterator();
        List<TensorValue> tensors = new ArrayList<>(entries.size());
        for (TensorEntry entry : entries) {
            TensorValue tensor = known.contains(entry.getDigest()) ? kept(entry) : fetched.next();
            tensors.add(tensor);
            used.put(entry.getDigest(), tensor);
        }
        return tensors;
    }

    /** A tensor of an earlier version, under the name that this one gives it. */
    private TensorValue kept(TensorEntry entry) {
        TensorValue tensor = cache.get(entry.getDigest())
                .orElseThrow(() -> new IllegalStateException("Tensor " + entry.getDigest() + " is not kept"));
        return tensor.name().equals(entry.getName())
                ? tensor
                : new TensorValue(entry.getName(), tensor.type(), tensor.shape(), tensor.bytes());
    }

    /** @return when the model went into service; empty if the follower was closed meanwhile and the model is freed */
    private Optional<Instant> swap(LeasedModel<M> next) {
        LeasedModel<M> old;
        Optional<Instant> swapped = Optional.empty();
        synchronized (monitor) {
            old = closed ? next : served;
            if (!closed) {
                served = next;
                become(FollowerState.SERVING);
                swapped = Optional.of(clock.instant());
            }
        }
        if (old != null) {
            old.retire();
        }
        return swapped;
    }

    private void tellBeginning(LiveVersion live) {
        try {
            listener.beginning(live, log.manifestHeaders(options.model(), live.getVersion()));
        } catch (RuntimeException e) {
            // Whoever listens must not keep a version from being served.
            LOG.error("reload was not told of model={} checkpoint={}", options.model(), live.getVersion(), e);
        }
    }

    private void fail(LiveVersion live, long bytesFetched, Throwable cause) {
        String reason = reason(cause);
        // What the log holds explains itself; what a loader throws needs its trace.
        Throwable trace = cause instanceof CheckpointReadException ? null : cause;
        LOG.warn(
                "reload failed model={} checkpoint={} state={} reason={}",
                options.model(),
                live.getVersion(),
                state(),
                reason,
                trace);
        report(live, ReloadOutcome.FAILED, reason, bytesFetched, clock.instant());
    }

    private static String reason(Throwable cause) {
        String message = cause.getMessage();
        return message == null || !(cause instanceof CheckpointReadException) ? cause.toString() : message;
    }

    private void report(
            LiveVersion live, ReloadOutcome outcome, @Nullable String reason, long bytesFetched, Instant finished) {
        ReloadEvent event = new ReloadEvent(
                options.model(),
                live.getVersion(),
                options.instance(),
                outcome,
                reason,
                bytesFetched,
                live.getDecidedAt(),
                finished);
        if (outcome == ReloadOutcome.SERVING) {
            LOG.info(
                    "reloaded model={} checkpoint={} bytesFetched={}",
                    options.model(),
                    live.getVersion(),
                    bytesFetched);
        }
        try {
            listener.reloaded(event);
        } catch (RuntimeException e) {
            // The model is in service, or is not, whatever becomes of the news.
            LOG.error("reload event was not taken model={} checkpoint={}", options.model(), live.getVersion(), e);
        }
    }

    private void retryLater() {
        become(FollowerState.BACKING_OFF);
        retry = Deadline.after(backOff);
        Duration doubled = backOff.multipliedBy(2);
        backOff = doubled.compareTo(options.longestBackOff()) < 0 ? doubled : options.longestBackOff();
    }

    private void pause(Duration duration) {
        try {
            if (closing.await(duration.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.debug("follower closes during a pause model={}", options.model());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }

    private boolean isServed(long version) {
        OptionalLong current = servedVersion();
        return current.isPresent() && current.getAsLong() == version;
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void become(FollowerState next) {
        synchronized (monitor) {
            if (!state.canBecome(next)) {
                throw new IllegalStateException("A follower that is " + state + " cannot become " + next);
            }
            state = next;
            monitor.notifyAll();
        }
    }

    private void releaseClients() {
        tail.close();
        log.close();
        deserializer.close();
    }
}
