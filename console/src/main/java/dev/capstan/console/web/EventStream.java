package dev.capstan.console.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.console.live.LiveState;
import dev.capstan.console.live.PulseBoard;
import io.javalin.http.sse.SseClient;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends what changed to every open page, once a second. A page that reads slowly misses a turn and gets the newest state
 * at the next: nothing is queued for it, and it holds up no other. At most {@link #MAX_PAGES} at a time.
 */
final class EventStream implements AutoCloseable {
    static final int MAX_PAGES = 16;

    private static final long PERIOD_MILLIS = 1000;

    private final LiveState state;
    private final PulseBoard board;
    private final ObjectMapper json;
    private final Set<Page> pages = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService ticks =
            Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "events"));
    /** One thread a page at most: each page has no more than one sending at a time. */
    private final ThreadPoolExecutor senders = new ThreadPoolExecutor(
            0, MAX_PAGES, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> daemon(task, "events-send"));

    EventStream(LiveState state, PulseBoard board, ObjectMapper json, MeterRegistry registry) {
        this.state = state;
        this.board = board;
        this.json = json;
        Gauge.builder("capstan.console.pages", pages, Set::size)
                .description("pages that are open")
                .register(registry);
    }

    // A tick catches nothing because it throws nothing; an error there would be a bug that ends the schedule.
    @SuppressWarnings("FutureReturnValueIgnored")
    void start() {
        ticks.scheduleAtFixedRate(this::tick, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Takes a page, unless there are too many. */
    void open(SseClient client) {
        Page page = new Page(client);
        synchronized (pages) {
            if (pages.size() >= MAX_PAGES) {
                client.sendEvent("full", "{}");
                client.close();
                return;
            }
            pages.add(page);
        }
        client.keepAlive();
        client.onClose(() -> pages.remove(page));
        page.send();
    }

    @Override
    public void close() {
        ticks.shutdownNow();
        pages.forEach(page -> page.client.close());
        senders.shutdownNow();
    }

    private void tick() {
        pages.removeIf(page -> page.client.terminated());
        for (Page page : pages) {
            if (page.busy.compareAndSet(false, true)) {
                senders.execute(page::sendAndRest);
            }
        }
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** One open page, and what it has been told. */
    private final class Page {
        private final SseClient client;
        private final AtomicBoolean busy = new AtomicBoolean();
        private long pulse = -1;
        private long checkpoints = -1;
        private long rejected = -1;
        private long captions = -1;

        Page(SseClient client) {
            this.client = client;
        }

        void sendAndRest() {
            try {
                send();
            } finally {
                busy.set(false);
            }
        }

        synchronized void send() {
            long newCheckpoints = state.checkpointsRevision();
            if (newCheckpoints != checkpoints) {
                checkpoints = newCheckpoints;
                client.sendEvent("checkpoints", text(state.checkpoints()));
                client.sendEvent("labels", text(state.labelSets()));
            }
            long newRejected = state.rejectedRevision();
            if (newRejected != rejected) {
                rejected = newRejected;
                client.sendEvent("rejected", text(state.rejections()));
            }
            long newCaptions = state.captionsRevision();
            if (newCaptions != captions) {
                captions = newCaptions;
                client.sendEvent("captions", text(state.captions()));
            }
            var newest = board.newest();
            if (newest.at() != pulse || !newest.problems().isEmpty()) {
                pulse = newest.at();
                client.sendEvent("pulse", text(newest));
            }
        }
    }

    private String text(Object value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
