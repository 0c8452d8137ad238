package dev.capstan.ingest.fetch;

import dev.capstan.ingest.fetch.web.ApacheWebClient;
import dev.capstan.ingest.fetch.web.BufferBudget;
import dev.capstan.ingest.fetch.web.NameLookup;
import dev.capstan.ingest.fetch.web.RobotsTag;
import dev.capstan.ingest.fetch.web.WebClient;
import dev.capstan.platform.Service;
import dev.capstan.platform.takedowns.TakedownFollower;
import dev.capstan.platform.takedowns.Takedowns;
import dev.capstan.platform.tracing.Tracing;
import dev.capstan.schemas.Provisioning;
import dev.capstan.schemas.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetch as a service: provisions its topics and schemas, and runs a {@link FetchLoop} and a {@link Dispatcher} on a thread
 * each.
 *
 * <p>One owner starts and closes it, once each; health checks may ask from any thread. States: new, starting, running, and
 * closed or failed, from which none leads back.
 */
public final class FetchService implements Service {
    private static final Logger LOG = LoggerFactory.getLogger(FetchService.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(15);
    private static final List<Topics> TOPICS = List.of(
            Topics.PAIRS_LOCATED,
            Topics.PAIRS_LOCATED_RETRY,
            Topics.PAIRS_CRAWLED,
            Topics.PAIRS_REJECTED,
            Topics.TAKEDOWNS);

    private final FetchConfig config;
    private final FetchClients clients;
    private final NameLookup lookup;
    private final Clock clock;
    private final BufferBudget budget;
    private final FetchMetrics metrics;
    private final Takedowns takedowns = new Takedowns();
    private final TakedownFollower takedownFollower;
    private final Tracing tracing;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final ScheduledThreadPoolExecutor dispatching = new ScheduledThreadPoolExecutor(1, task -> {
        Thread thread = new Thread(task, "fetch-dispatcher");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean failed;
    private volatile @Nullable FetchLoop loop;
    private @Nullable WebClient web;
    private @Nullable Thread thread;

    /**
     * Without traces.
     *
     * @param lookup how names are looked up
     */
    public FetchService(
            FetchConfig config, FetchClients clients, NameLookup lookup, Clock clock, MeterRegistry registry) {
        this(config, clients, lookup, clock, registry, Tracing.off());
    }

    /** @param lookup how names are looked up */
    public FetchService(
            FetchConfig config,
            FetchClients clients,
            NameLookup lookup,
            Clock clock,
            MeterRegistry registry,
            Tracing tracing) {
        this.config = config;
        this.tracing = tracing;
        this.clients = clients;
        this.lookup = lookup;
        this.clock = clock;
        this.budget = new BufferBudget(config.work().bodyBytes());
        this.metrics = new FetchMetrics(registry, budget::used, takedowns::size);
        this.takedownFollower = new TakedownFollower(config.kafka(), takedowns);
        dispatching.setRemoveOnCancelPolicy(true);
        dispatching.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void start() {
        Provisioning.ensure(
                config.kafka().clientProperties(), TOPICS, config.group().provisionTopics());
        String policyVersion = config.policyVersion();
        WebClient client = new ApacheWebClient(config.web(), lookup, budget, clock);
        web = client;
        AtomicReference<@Nullable FetchLoop> created = new AtomicReference<>();
        Objections objections = new Objections(
                takedowns, new RobotsTag(config.web().robotsTags(), config.web().robotName()));
        Dispatcher dispatcher = new Dispatcher(
                config, client, objections, budget, dispatching, clock, System::nanoTime, metrics, finished -> {
                    FetchLoop running = created.get();
                    if (running != null) {
                        running.finished(finished);
                    }
                });
        FetchLoop running = new FetchLoop(
                config,
                clients,
                dispatcher,
                new OutcomeRecords(config.retry(), policyVersion, RandomGenerator.getDefault()),
                takedowns,
                budget,
                metrics,
                clock,
                System::nanoTime,
                tracing);
        created.set(running);
        loop = running;
        Thread worker = new Thread(() -> work(running), "fetch-loop");
        thread = worker;
        LOG.info("group={} policyVersion={}", config.group().name(), policyVersion);
        takedownFollower.start();
        worker.start();
    }

    @Override
    public int awaitTermination() throws InterruptedException {
        ended.await();
        return failed ? 1 : 0;
    }

    @Override
    public boolean isReady() {
        FetchLoop running = loop;
        return running != null && !failed && running.holdsPartitions();
    }

    @Override
    public boolean isLive() {
        return !failed;
    }

    @Override
    public void close() {
        FetchLoop running = loop;
        Thread worker = thread;
        takedownFollower.close();
        if (running != null && worker != null) {
            running.stop();
            try {
                worker.join(CLOSE_TIMEOUT.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (worker.isAlive()) {
                LOG.warn("loop=closing timeoutSeconds={}", CLOSE_TIMEOUT.toSeconds());
            }
        }
        WebClient client = web;
        if (client != null) {
            client.close();
        }
        dispatching.shutdownNow();
        ended.countDown();
    }

    /** No host is asked before it is known for what none must be. */
    private void work(FetchLoop running) {
        try (running) {
            if (takedownFollower.awaitCaughtUp()) {
                running.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            LOG.error("loop=failed", e);
            failed = true;
        } finally {
            ended.countDown();
        }
    }
}
