package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.hosts.HostQueues;
import dev.capstan.ingest.fetch.web.BufferBudget;
import dev.capstan.ingest.fetch.web.HopResult;
import dev.capstan.ingest.fetch.web.WebAddress;
import dev.capstan.ingest.fetch.web.WebClient;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings tasks to hosts: holds those that are not due, queues the others by host, starts requests, follows redirects (each a
 * visit to its host like any other, checked like any other), and tells how each task ended.
 *
 * <p>All of it happens on the one thread of the executor; {@link #submit} and the client's callbacks only hand over to it.
 * What goes wrong there beyond a request's own failure is a bug and is kept for {@link #check}.
 */
final class Dispatcher implements Tasks {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final long TIGHT_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** One task at one address. */
    private record Visit(FetchTask task, WebAddress address, int redirects) {}

    private final FetchConfig config;
    private final WebClient client;
    private final HostQueues<Visit> queues;
    private final Objections objections;
    private final BufferBudget budget;
    private final ScheduledExecutorService thread;
    private final Clock clock;
    private final LongSupplier nanos;
    private final FetchMetrics metrics;
    private final Consumer<Finished> finished;
    private final Set<Later> delayed = ConcurrentHashMap.newKeySet();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private int running;
    private @Nullable ScheduledFuture<?> wake;
    private long wakeAt;

    /** A task that is not due yet. Made and forgotten by whoever submits. */
    private static final class Later {
        private final FetchTask task;
        private volatile @Nullable Future<?> future;

        Later(FetchTask task) {
            this.task = task;
        }

        boolean cancel() {
            Future<?> scheduled = future;
            return scheduled != null && scheduled.cancel(false);
        }
    }

    /**
     * @param objections asked before each request
     * @param thread has one thread; its owner ends it
     * @param nanos {@link System#nanoTime} or a test's
     * @param finished told of each task that was not lost meanwhile, on the thread
     */
    Dispatcher(
            FetchConfig config,
            WebClient client,
            Objections objections,
            BufferBudget budget,
            ScheduledExecutorService thread,
            Clock clock,
            LongSupplier nanos,
            FetchMetrics metrics,
            Consumer<Finished> finished) {
        this.config = config;
        this.client = client;
        this.queues = new HostQueues<>(config.hosts());
        this.objections = objections;
        this.budget = budget;
        this.thread = thread;
        this.clock = clock;
        this.nanos = nanos;
        this.metrics = metrics;
        this.finished = finished;
    }

    @Override
    public void submit(FetchTask task) {
        long delay =
                Duration.between(clock.instant(), task.history().notBefore()).toMillis();
        if (delay <= 0) {
            thread.execute(guarded(() -> begin(task)));
            return;
        }
        Later later = new Later(task);
        delayed.add(later);
        Runnable begin = guarded(() -> {
            delayed.remove(later);
            begin(task);
        });
        later.future = thread.schedule(begin, delay, TimeUnit.MILLISECONDS);
    }

    @Override
    public void forgetLost() {
        delayed.removeIf(later -> later.task.claim().progress().isLost() && later.cancel());
    }

    @Override
    public void check() {
        Throwable broken = failure.get();
        if (broken != null) {
            throw new IllegalStateException("the dispatcher failed", broken);
        }
    }

    private void begin(FetchTask task) {
        if (task.claim().progress().isLost()) {
            return;
        }
        Optional<HopResult.Refused> objection = objections.against(task.pair());
        if (objection.isPresent()) {
            end(task, new Outcome.Refused(objection.get()));
            return;
        }
        queue(task, WebAddress.read(task.pair().getUrl()), 0);
        pump();
    }

    private void queue(FetchTask task, WebAddress.Reading reading, int redirects) {
        if (reading instanceof WebAddress.Unusable unusable) {
            end(task, new Outcome.Refused(HopResult.Refused.of("fetch-url", unusable.detail())));
            return;
        }
        WebAddress address = ((WebAddress.Usable) reading).address();
        OptionalLong comeBack = queues.offer(
                address.host(), address.toString(), new Visit(task, address, redirects), nanos.getAsLong());
        if (comeBack.isPresent()) {
            putOff(task, address.host(), Duration.ofNanos(comeBack.getAsLong()));
        }
    }

    private void pump() {
        long now = nanos.getAsLong();
        for (Visit visit : queues.expired(now)) {
            putOff(visit.task(), visit.address().host(), config.hosts().maxWait());
        }
        while (running < config.work().requests() && !budget.isTight()) {
            Optional<HostQueues.Start<Visit>> start = queues.poll(nanos.getAsLong());
            if (start.isEmpty()) {
                break;
            }
            start(start.get());
        }
        metrics.state(running, queues.waiting(), queues.hosts());
        wakeLater();
    }

    private void start(HostQueues.Start<Visit> start) {
        Visit visit = start.value();
        if (visit.task().claim().progress().isLost()) {
            queues.ended(start);
            return;
        }
        // It may have waited for its host, or come here by a redirect.
        Optional<HopResult.Refused> takenDown =
                objections.takenDown(visit.task().pair());
        if (takenDown.isPresent()) {
            queues.ended(start);
            end(visit.task(), new Outcome.Refused(takenDown.get()));
            return;
        }
        running++;
        long began = nanos.getAsLong();
        client.get(visit.address(), result -> {
            try {
                thread.execute(guarded(() -> ended(start, result, began)));
            } catch (RejectedExecutionException e) {
                // The service is closing; the task stays uncommitted and is somebody else's.
                release(result);
            }
        });
    }

    private void ended(HostQueues.Start<Visit> start, HopResult result, long began) {
        running--;
        long now = nanos.getAsLong();
        metrics.requested(result, now - began);
        Visit visit = start.value();
        if (result instanceof HopResult.Failed failed && failed.retryAfter().isPresent()) {
            long rest =
                    least(failed.retryAfter().get(), config.retry().maxDelay()).toNanos();
            for (Visit other : queues.rest(start.host(), now + rest, now)) {
                putOff(other.task(), start.host(), Duration.ofNanos(rest));
            }
        }
        queues.ended(start);
        conclude(visit, result);
        pump();
    }

    private void conclude(Visit visit, HopResult result) {
        FetchTask task = visit.task();
        if (task.claim().progress().isLost()) {
            release(result);
            return;
        }
        if (result instanceof HopResult.Image image) {
            end(task, new Outcome.Fetched(image, visit.address()));
        } else if (result instanceof HopResult.Redirect redirect) {
            follow(visit, redirect);
        } else if (result instanceof HopResult.Refused refused) {
            end(task, new Outcome.Refused(refused));
        } else if (result instanceof HopResult.Failed failed) {
            end(task, new Outcome.Failed(failed));
        } else {
            end(
                    task,
                    new Outcome.PutOff(
                            "fetch-no-room",
                            "Bodies in memory had reached fetch.body-bytes.",
                            config.retry().firstDelay()));
        }
    }

    private void follow(Visit visit, HopResult.Redirect redirect) {
        int redirects = visit.redirects() + 1;
        int limit = config.web().maxRedirects();
        if (redirects > limit) {
            end(
                    visit.task(),
                    new Outcome.Refused(HopResult.Refused.of(
                            "fetch-redirects",
                            redirects,
                            limit,
                            "The address redirects more than " + limit + " times.")));
            return;
        }
        queue(visit.task(), visit.address().follow(redirect.location()), redirects);
    }

    private void putOff(FetchTask task, String host, Duration delay) {
        end(
                task,
                new Outcome.PutOff(
                        "fetch-host-busy", "More addresses of " + host + " are waiting than may be asked for.", delay));
    }

    private void end(FetchTask task, Outcome outcome) {
        finished.accept(new Finished(task, outcome));
    }

    private void release(HopResult result) {
        if (result instanceof HopResult.Image image) {
            budget.release(image.bytes());
        }
    }

    private void wakeLater() {
        OptionalLong next = queues.nextAt();
        if (next.isEmpty()) {
            return;
        }
        long now = nanos.getAsLong();
        long pause = Math.max(budget.isTight() ? TIGHT_PAUSE_NANOS : 0, next.getAsLong() - now);
        if (running >= config.work().requests()) {
            // The end of a request wakes us; this is for what expires meanwhile.
            pause = Math.max(pause, TIGHT_PAUSE_NANOS);
        }
        pause = Math.min(pause, LONGEST_PAUSE_NANOS);
        ScheduledFuture<?> planned = wake;
        if (planned != null && !planned.isDone()) {
            if (wakeAt - (now + pause) <= 0) {
                return;
            }
            planned.cancel(false);
        }
        wakeAt = now + pause;
        wake = thread.schedule(
                guarded(() -> {
                    wake = null;
                    pump();
                }),
                pause,
                TimeUnit.NANOSECONDS);
    }

    private Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RejectedExecutionException e) {
                LOG.debug("dispatcher=closing");
            } catch (RuntimeException | Error e) {
                failure.compareAndSet(null, e);
            }
        };
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
