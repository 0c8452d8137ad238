package dev.capstan.local.supervisor;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a set of child processes running.
 *
 * <p>A process is launched as soon as everything that it starts after is ready; what does not depend on each other starts
 * in parallel. A process that dies is launched again after a pause, within the bounds of the {@link RestartPolicy}; beyond
 * them the supervisor gives up and stops everything. After a {@link FinalExit} there is no further launch. On a stop, a process is asked to end when all that started after it
 * have ended, and killed when it takes too long.
 *
 * <p>Threads: one thread owns the supervisor and calls {@link #tick} in a loop, usually through {@link #run}. Probes and
 * ready actions run on the executor. {@link #requestStop()}, {@link #statuses}, {@link #allReady} and {@link #stopped} may be
 * called from any thread. The clock, the launcher and the executor are injected, so that tests drive every transition
 * by hand.
 */
public final class Supervisor {
    private static final Duration TICK = Duration.ofMillis(50);

    private final Map<String, Child> children = new LinkedHashMap<>();
    private final ProcessLauncher launcher;
    private final Clock clock;
    private final Executor executor;
    private final RestartPolicy policy;
    private final SupervisorListener listener;
    private final CompletableFuture<Void> allReady = new CompletableFuture<>();
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final Object wakeUp = new Object();
    private final Set<String> unwanted = ConcurrentHashMap.newKeySet();
    private volatile List<ProcessStatus> statuses = List.of();
    private boolean changed = true;

    public Supervisor(
            Collection<ProcessSpec> specs,
            ProcessLauncher launcher,
            Clock clock,
            Executor executor,
            RestartPolicy policy,
            SupervisorListener listener) {
        this.launcher = launcher;
        this.clock = clock;
        this.executor = executor;
        this.policy = policy;
        this.listener = listener;
        for (ProcessSpec spec : specs) {
            // A process may only name what stands before it, so that no cycle is possible.
            if (!children.keySet().containsAll(spec.startAfter())) {
                throw new IllegalArgumentException(spec.name() + " starts after " + spec.startAfter() + ", but only "
                        + children.keySet() + " stand before it");
            }
            if (children.put(spec.name(), new Child(spec)) != null) {
                throw new IllegalArgumentException("two processes are named " + spec.name());
            }
        }
        publishStatuses();
    }

    /** Completes when every process has been ready or has left for good; exceptionally, with the reason, if the supervisor stops before. */
    public CompletableFuture<Void> allReady() {
        return allReady;
    }

    /** Completes when every process has ended; exceptionally, with the reason, if the supervisor gave up. */
    public CompletableFuture<Void> stopped() {
        return stopped;
    }

    /** The latest snapshot, in the order in which the processes were given. */
    public List<ProcessStatus> statuses() {
        return statuses;
    }

    /** Asks for a stop of everything; returns at once. */
    public void requestStop() {
        requestStop(children.keySet());
    }

    /** Asks for a stop of some processes and of all that started after them; returns at once. */
    public void requestStop(Collection<String> names) {
        unwanted.addAll(names);
        synchronized (wakeUp) {
            wakeUp.notifyAll();
        }
    }

    /** Ticks until everything has ended. */
    public void run() throws InterruptedException {
        while (!stopped.isDone()) {
            tick();
            synchronized (wakeUp) {
                if (!stopped.isDone()) {
                    wakeUp.wait(TICK.toMillis());
                }
            }
        }
    }

    /** Takes every transition that is due. */
    public void tick() {
        if (stopped.isDone()) {
            return;
        }
        for (Child child : children.values()) {
            if (isUnwanted(child)) {
                child.advanceToEnd();
            } else {
                child.advance();
            }
        }
        if (changed) {
            changed = false;
            publishStatuses();
            listener.changed();
        }
        if (!allReady.isDone() && everythingIsUp()) {
            allReady.complete(null);
        }
        if (children.values().stream().allMatch(Child::hasEnded)) {
            finish();
        }
    }

    private boolean everythingIsUp() {
        return children.values().stream().anyMatch(child -> child.state == ProcessState.READY)
                && children.values().stream()
                        .allMatch(child -> child.state == ProcessState.READY || child.state == ProcessState.ENDED);
    }

    private boolean isUnwanted(Child child) {
        // Declared order puts what a process needs before it, so one pass spreads the wish to end.
        if (child.spec.startAfter().stream().anyMatch(unwanted::contains)) {
            unwanted.add(child.spec.name());
        }
        return unwanted.contains(child.spec.name());
    }

    private void finish() {
        List<Child> failed = children.values().stream()
                .filter(child -> child.state == ProcessState.FAILED)
                .toList();
        if (failed.isEmpty()) {
            allReady.completeExceptionally(new SupervisorStopped("stopped before everything was ready"));
            stopped.complete(null);
            return;
        }
        Child first = failed.get(0);
        SupervisorStopped reason =
                new SupervisorStopped(first.spec.name() + " " + first.detail + "; its log is " + first.spec.log());
        allReady.completeExceptionally(reason);
        stopped.completeExceptionally(reason);
    }

    private void publishStatuses() {
        statuses = children.values().stream().map(Child::status).toList();
    }

    /** One process with its state; owned by the supervisor's thread. */
    private final class Child {
        private final ProcessSpec spec;
        private final Deque<Instant> recentRestarts = new ArrayDeque<>();
        private ProcessState state = ProcessState.WAITING;
        private @Nullable RunningProcess process;
        private @Nullable CompletableFuture<Health> pendingCheck;
        private Instant since;
        private Instant resumeAt = Instant.MIN;
        private boolean everReady;
        private boolean killed;
        private int restarts;
        private String detail = "";

        Child(ProcessSpec spec) {
            this.spec = spec;
            this.since = clock.instant();
        }

        void advance() {
            switch (state) {
                case WAITING -> launchIfPossible();
                case STARTING -> awaitHealth();
                case READY -> noticeDeath();
                case BACKING_OFF -> resumeIfDue();
                case STOPPING, STOPPED, ENDED, FAILED -> {}
            }
        }

        void advanceToEnd() {
            switch (state) {
                case WAITING, BACKING_OFF -> enter(ProcessState.STOPPED, "");
                case STARTING, READY -> terminateIfNobodyNeedsIt();
                case STOPPING -> awaitExit();
                case STOPPED, ENDED, FAILED -> {}
            }
        }

        boolean hasEnded() {
            return state == ProcessState.STOPPED || state == ProcessState.ENDED || state == ProcessState.FAILED;
        }

        ProcessStatus status() {
            OptionalLong pid = process == null ? OptionalLong.empty() : OptionalLong.of(process.pid());
            return new ProcessStatus(spec.name(), state, pid, restarts, detail);
        }

        private void launchIfPossible() {
            List<String> missing = spec.startAfter().stream()
                    .filter(name -> child(name).state != ProcessState.READY)
                    .sorted()
                    .toList();
            if (!missing.isEmpty()) {
                setDetail("waits for " + String.join(", ", missing));
                return;
            }
            try {
                process = launcher.launch(spec);
            } catch (IOException e) {
                die("could not be launched: " + e.getMessage());
                return;
            }
            killed = false;
            pendingCheck = null;
            enter(ProcessState.STARTING, "");
            listener.launched(spec.name(), process.pid());
        }

        private void awaitHealth() {
            OptionalInt exit = running().exitStatus();
            if (exit.isPresent()) {
                exited(exit.getAsInt());
                return;
            }
            if (elapsed().compareTo(spec.startLimit()) > 0) {
                running().kill();
                die("was not ready after " + spec.startLimit().toSeconds() + " s"
                        + (detail.isEmpty() ? "" : " (" + detail + ")"));
                return;
            }
            CompletableFuture<Health> check = pendingCheck;
            if (check == null) {
                pendingCheck = CompletableFuture.supplyAsync(this::checkOnExecutor, executor);
                return;
            }
            if (!check.isDone()) {
                return;
            }
            pendingCheck = null;
            try {
                Health health = check.join();
                if (!health.ready()) {
                    setDetail(health.detail());
                    return;
                }
            } catch (CompletionException e) {
                running().kill();
                die("could not be made ready: " + rootMessage(e));
                return;
            }
            Duration took = elapsed();
            everReady = true;
            enter(ProcessState.READY, "");
            listener.ready(spec.name(), took);
        }

        private Health checkOnExecutor() {
            Health health = spec.health().check();
            if (health.ready()) {
                spec.whenReady().run();
            }
            return health;
        }

        private void noticeDeath() {
            OptionalInt exit = running().exitStatus();
            if (exit.isPresent()) {
                exited(exit.getAsInt());
            }
        }

        private void exited(int status) {
            listener.exited(spec.name(), status, false);
            String reason = "ended with exit status " + status;
            FinalExit last = spec.finalExits().get(status);
            if (last == null) {
                die(reason);
                return;
            }
            process = null;
            String verdict = reason + ": " + last.remedy();
            if (last.othersGoOn()) {
                enter(ProcessState.ENDED, verdict);
                listener.left(spec.name(), verdict);
                return;
            }
            giveUp(verdict);
        }

        private void giveUp(String verdict) {
            enter(ProcessState.FAILED, verdict);
            listener.gaveUp(spec.name(), verdict);
            unwanted.addAll(children.keySet());
        }

        private void die(String reason) {
            process = null;
            Instant now = clock.instant();
            while (!recentRestarts.isEmpty()
                    && recentRestarts.peekFirst().plus(policy.window()).isBefore(now)) {
                recentRestarts.removeFirst();
            }
            int allowed = everReady ? policy.restartsInWindow() : policy.restartsBeforeReady();
            if (recentRestarts.size() >= allowed) {
                String verdict = allowed == 0
                        ? reason
                        : reason + " and was started again " + recentRestarts.size() + " times already";
                giveUp(verdict);
                return;
            }
            Duration pause = policy.pauseAfter(recentRestarts.size());
            recentRestarts.addLast(now);
            restarts++;
            resumeAt = now.plus(pause);
            enter(ProcessState.BACKING_OFF, reason);
            listener.restarting(spec.name(), reason, pause);
        }

        private void resumeIfDue() {
            if (!clock.instant().isBefore(resumeAt)) {
                enter(ProcessState.WAITING, "");
                launchIfPossible();
            }
        }

        private void terminateIfNobodyNeedsIt() {
            OptionalInt exit = running().exitStatus();
            if (exit.isPresent()) {
                ended(exit.getAsInt());
                return;
            }
            boolean needed = children.values().stream()
                    .anyMatch(other -> other.spec.startAfter().contains(spec.name()) && !other.hasEnded());
            if (needed) {
                return;
            }
            running().terminate();
            enter(ProcessState.STOPPING, "");
        }

        private void awaitExit() {
            OptionalInt exit = running().exitStatus();
            if (exit.isPresent()) {
                ended(exit.getAsInt());
                return;
            }
            if (!killed && elapsed().compareTo(spec.stopLimit()) > 0) {
                killed = true;
                setDetail("did not end within " + spec.stopLimit().toSeconds() + " s and was killed");
                running().kill();
            }
        }

        private void ended(int status) {
            process = null;
            enter(ProcessState.STOPPED, detail);
            listener.exited(spec.name(), status, true);
        }

        private RunningProcess running() {
            if (process == null) {
                throw new IllegalStateException(spec.name() + " is " + state + " without a process");
            }
            return process;
        }

        private Duration elapsed() {
            return Duration.between(since, clock.instant());
        }

        private void enter(ProcessState next, String nextDetail) {
            state = next;
            detail = nextDetail;
            since = clock.instant();
            changed = true;
        }

        private void setDetail(String nextDetail) {
            if (!detail.equals(nextDetail)) {
                detail = nextDetail;
                changed = true;
            }
        }
    }

    private Child child(String name) {
        Child child = children.get(name);
        if (child == null) {
            throw new IllegalStateException("no process is named " + name);
        }
        return child;
    }

    private static String rootMessage(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
