package dev.capstan.console;

import dev.capstan.console.lag.LagMonitor;
import dev.capstan.console.live.LiveState;
import dev.capstan.console.live.PulseBoard;
import dev.capstan.console.live.ServedPairs;
import dev.capstan.console.live.TopicFollower;
import dev.capstan.console.web.ConsoleServer;
import dev.capstan.platform.Freshness;
import dev.capstan.platform.Service;
import dev.capstan.platform.tracing.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * The console's parts together: the lag's reader, the topics' follower and the page. Ends only when it is closed.
 */
public final class ConsoleService implements Service {
    private final LagMonitor lag;
    private final TopicFollower follower;
    private final ConsoleServer server;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Without traces. */
    public ConsoleService(ConsoleConfig config, MeterRegistry registry, Clock clock) {
        this(config, registry, clock, Tracing.off());
    }

    public ConsoleService(ConsoleConfig config, MeterRegistry registry, Clock clock, Tracing tracing) {
        LiveState state = new LiveState(config.model());
        PulseBoard board = new PulseBoard(config, state, registry, this::problems);
        lag = new LagMonitor(
                config.kafka(),
                new LagMonitor.Options(
                        config.cluster(), config.groups().topics(), config.interval(), config.stallAfter()),
                registry,
                clock,
                board::positions,
                board::take);
        server = new ConsoleServer(config, state, board, registry, clock, tracing);
        ServedPairs servedPairs = new ServedPairs(config.model(), new Freshness(registry, Freshness.Stage.SERVED));
        follower = new TopicFollower(config.kafka(), state, servedPairs, server.answers(), registry, clock);
    }

    @Override
    public void start() {
        server.start();
        follower.start();
        lag.start();
    }

    /** The port of the page. */
    public int port() {
        return server.port();
    }

    @Override
    public int awaitTermination() throws InterruptedException {
        closed.await();
        return 0;
    }

    @Override
    public boolean isReady() {
        return follower.isFollowing() && lag.isFresh();
    }

    @Override
    public boolean isLive() {
        return !follower.hasDied();
    }

    @Override
    public void close() {
        server.close();
        lag.close();
        follower.close();
        closed.countDown();
    }

    private List<String> problems() {
        return Stream.concat(lag.problem().stream(), follower.problem().stream())
                .toList();
    }
}
