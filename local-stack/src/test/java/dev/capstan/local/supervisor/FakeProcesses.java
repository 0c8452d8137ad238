package dev.capstan.local.supervisor;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** A launcher, a clock and a listener for supervisor tests: nothing runs, everything is noted in {@link #events}. */
final class FakeProcesses implements ProcessLauncher, SupervisorListener {
    /** Exit status after which the others go on. */
    static final int FENCED = 3;
    /** Exit status that ends everything. */
    static final int MISCONFIGURED = 2;

    final List<String> events = new ArrayList<>();
    final Set<String> unhealthy = new HashSet<>();
    final Set<String> refusedLaunches = new HashSet<>();
    final Set<String> deafToTerminate = new HashSet<>();
    final Map<String, RuntimeException> readyFailures = new HashMap<>();
    private final Map<String, FakeProcess> latest = new HashMap<>();
    private final TestClock clock = new TestClock();
    private final List<ProcessSpec> specs = new ArrayList<>();
    private RestartPolicy policy =
            new RestartPolicy(1, 2, Duration.ofMinutes(1), Duration.ofSeconds(1), Duration.ofSeconds(10));
    private long nextPid = 100;

    FakeProcesses process(String name, String... startAfter) {
        specs.add(new ProcessSpec(
                name,
                List.of(name),
                Map.of(),
                Path.of(name + ".log"),
                Set.of(startAfter),
                () -> unhealthy.contains(name) ? Health.notYet("warms up") : Health.ok(),
                () -> {
                    RuntimeException failure = readyFailures.get(name);
                    if (failure != null) {
                        throw failure;
                    }
                },
                Duration.ofSeconds(30),
                Duration.ofSeconds(5),
                Map.of(
                        FENCED,
                        new FinalExit("another one took over", true),
                        MISCONFIGURED,
                        new FinalExit("see its log", false))));
        return this;
    }

    FakeProcesses policy(RestartPolicy chosen) {
        policy = chosen;
        return this;
    }

    Supervisor supervisor() {
        return new Supervisor(specs, this, clock, Runnable::run, policy, this);
    }

    void pass(Duration time) {
        clock.now = clock.now.plus(time);
    }

    FakeProcess latest(String name) {
        FakeProcess process = latest.get(name);
        if (process == null) {
            throw new IllegalStateException(name + " was never launched");
        }
        return process;
    }

    long launches(String name) {
        return events.stream().filter(("launch " + name)::equals).count();
    }

    @Override
    public RunningProcess launch(ProcessSpec spec) throws IOException {
        if (refusedLaunches.contains(spec.name())) {
            throw new IOException("no such program");
        }
        events.add("launch " + spec.name());
        FakeProcess process = new FakeProcess(spec.name(), nextPid++);
        latest.put(spec.name(), process);
        return process;
    }

    @Override
    public void ready(String name, Duration took) {
        events.add("ready " + name);
    }

    @Override
    public void exited(String name, int status, boolean expected) {
        events.add((expected ? "ended " : "died ") + name);
    }

    @Override
    public void left(String name, String reason) {
        events.add("left " + name);
    }

    @Override
    public void gaveUp(String name, String reason) {
        events.add("gave up " + name);
    }

    /** One process that never ran. */
    final class FakeProcess implements RunningProcess {
        private final String name;
        private final long pid;
        private OptionalInt exit = OptionalInt.empty();

        FakeProcess(String name, long pid) {
            this.name = name;
            this.pid = pid;
        }

        void end(int status) {
            exit = OptionalInt.of(status);
        }

        @Override
        public long pid() {
            return pid;
        }

        @Override
        public OptionalInt exitStatus() {
            return exit;
        }

        @Override
        public void terminate() {
            events.add("terminate " + name);
            if (!deafToTerminate.contains(name)) {
                end(143);
            }
        }

        @Override
        public void kill() {
            events.add("kill " + name);
            end(137);
        }
    }

    private static final class TestClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
