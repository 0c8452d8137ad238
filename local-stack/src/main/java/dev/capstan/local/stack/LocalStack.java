package dev.capstan.local.stack;

import dev.capstan.local.supervisor.OperatingSystemLauncher;
import dev.capstan.local.supervisor.ProcessStatus;
import dev.capstan.local.supervisor.RestartPolicy;
import dev.capstan.local.supervisor.Supervisor;
import dev.capstan.local.supervisor.SupervisorListener;
import dev.capstan.local.supervisor.SupervisorStopped;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.RegistryClients;
import dev.capstan.schemas.SchemaProvisioner;
import dev.capstan.schemas.TopicProvisioner;
import dev.capstan.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.entities.Config;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;

/**
 * A stack that this JVM runs: the supervisor on a thread of its own, the lock and the state file.
 *
 * <p>States: running from {@link #start} on, ready when {@link #awaitReady} returns, ended by {@link #close}, which may be
 * called from any thread, a shutdown hook included.
 */
public final class LocalStack implements AutoCloseable {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(90);

    private final StackHome home;
    private final StackHome.Lock lock;
    private final StackOptions options;
    private final StackPlan plan;
    private final Supervisor supervisor;
    private final ExecutorService probes;
    private final Thread thread;
    private final Object stateLock = new Object();

    private LocalStack(StackHome home, StackHome.Lock lock, StackOptions options, StackListener listener) {
        this.home = home;
        this.lock = lock;
        this.options = options;
        Distribution distribution = Distribution.locate();
        ClassArchives archives = ClassArchives.of(distribution);
        plan = new StackPlan(
                options,
                distribution,
                archives,
                HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build(),
                new TopicsAndSchemas(options.beforeServices()),
                System.getenv(),
                Runtime.getRuntime().availableProcessors());
        probes = Executors.newCachedThreadPool(task -> {
            Thread probe = new Thread(task, "stack-probe");
            probe.setDaemon(true);
            return probe;
        });
        supervisor = new Supervisor(
                plan.processes(),
                new OperatingSystemLauncher(),
                Clock.systemUTC(),
                probes,
                RestartPolicy.standard(),
                new StateKeeper(archives, listener));
        thread = new Thread(this::supervise, "supervisor");
        thread.setDaemon(true);
    }

    /**
     * Starts the processes and returns at once. What an earlier run of the same name left is there again.
     *
     * @throws StackException if another stack runs, the disk is full or a port is taken
     */
    public static LocalStack start(StackHome home, StackOptions options, StackListener listener) {
        return start(home, options, listener, false);
    }

    /** Deletes what an earlier run of the same name left, and starts the processes. */
    public static LocalStack startAnew(StackHome home, StackOptions options, StackListener listener) {
        return start(home, options, listener, true);
    }

    private static LocalStack start(StackHome home, StackOptions options, StackListener listener, boolean anew) {
        StackHome.Lock lock = home.lock();
        try {
            if (anew) {
                home.delete(options.name());
            }
            home.requireRoom();
            Files.createDirectories(options.logs());
            options.existing().ifPresent(existing -> {
                TopicsAndSchemas needed = new TopicsAndSchemas(options.beforeServices());
                needed.topics(existing);
                needed.schemas(existing);
            });
            LocalStack stack = new LocalStack(home, lock, options, listener);
            stack.writeState(false);
            stack.thread.start();
            return stack;
        } catch (IOException e) {
            closeQuietly(lock);
            throw new StackException("The directory " + options.logs() + " cannot be made: " + e, e);
        } catch (RuntimeException e) {
            closeQuietly(lock);
            throw e;
        }
    }

    /**
     * Waits until every process has been ready.
     *
     * @throws StackException if the stack ends before; names the process, the reason and the log
     */
    public void awaitReady() throws InterruptedException {
        try {
            supervisor.allReady().get();
            writeState(true);
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /**
     * Waits until the stack has ended, on request or because a process could not be kept running.
     *
     * @throws StackException in the second case
     */
    public void awaitEnd() throws InterruptedException {
        try {
            supervisor.stopped().get();
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /** Where clients find the cluster and the registry. */
    public KafkaSettings settings() {
        return plan.settings();
    }

    public List<ProcessStatus> statuses() {
        return supervisor.statuses();
    }

    /** Where each process tells its health, by name. */
    public Map<String, URI> healthAddresses() {
        return plan.healthAddresses();
    }

    /** Where the console's page is, if this stack has a console. */
    public Optional<URI> page() {
        return plan.page();
    }

    /** Whether every process has ended. */
    public boolean hasEnded() {
        return supervisor.stopped().isDone();
    }

    public StackOptions options() {
        return options;
    }

    /** Ends ingest, trainer, inference and the console; broker and registry go on. */
    public void stopServices() throws InterruptedException {
        Collection<String> services = Arrays.stream(StackProcess.values())
                .filter(StackProcess::isService)
                .map(StackProcess::processName)
                .toList();
        supervisor.requestStop(services);
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        while (supervisor.statuses().stream()
                .anyMatch(status -> services.contains(status.name()) && !hasEnded(status))) {
            if (System.nanoTime() > deadline) {
                throw new StackException("The services did not end within " + STOP_LIMIT.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    /** Ends every process in reverse order; returns when all have ended. */
    @Override
    public void close() {
        supervisor.requestStop();
        try {
            supervisor.stopped().get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // The supervisor has said so already, and its children end with this process in any case.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        probes.shutdownNow();
        try {
            Files.deleteIfExists(home.stateFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            closeQuietly(lock);
        }
    }

    private void supervise() {
        try {
            supervisor.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void writeState(boolean ready) {
        Map<String, URI> health = plan.healthAddresses();
        List<StackState.Child> processes = supervisor.statuses().stream()
                .map(status -> new StackState.Child(
                        status.name(),
                        status.state().name(),
                        status.pid().isPresent() ? status.pid().getAsLong() : null,
                        status.restarts(),
                        status.detail(),
                        health.containsKey(status.name())
                                ? health.get(status.name()).toString()
                                : null,
                        plan.log(status.name()).toString()))
                .toList();
        KafkaSettings settings = plan.settings();
        synchronized (stateLock) {
            new StackState(
                            options.name(),
                            options.directory().toString(),
                            ProcessHandle.current().pid(),
                            StackState.startOfThisProcess(),
                            ready,
                            settings.bootstrapServers(),
                            settings.registryUrl(),
                            settings.extra(),
                            processes)
                    .write(home.stateFile());
        }
    }

    private static boolean hasEnded(ProcessStatus status) {
        return switch (status.state()) {
            case STOPPED, ENDED, FAILED -> true;
            case WAITING, STARTING, READY, BACKING_OFF, STOPPING -> false;
        };
    }

    private static StackException failure(ExecutionException e) {
        Throwable cause = e.getCause();
        if (cause instanceof SupervisorStopped stopped) {
            return new StackException("The stack ended: " + stopped.getMessage(), stopped);
        }
        throw new IllegalStateException(cause);
    }

    private static void closeQuietly(StackHome.Lock lock) {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tells the listener, keeps the state file and the class archives; on the supervisor's thread. */
    private final class StateKeeper implements SupervisorListener {
        private static final int KILLED = 137;

        private final ClassArchives archives;
        private final StackListener listener;

        StateKeeper(ClassArchives archives, StackListener listener) {
            this.archives = archives;
            this.listener = listener;
        }

        @Override
        public void ready(String name, Duration took) {
            listener.line(String.format("%-10s ready after %.1f s", name, took.toMillis() / 1000.0));
        }

        @Override
        public void exited(String name, int status, boolean expected) {
            if (expected && status != KILLED) {
                archives.adopt(name);
            } else {
                archives.discard(name);
            }
            if (expected) {
                listener.line(String.format("%-10s stopped", name));
            }
        }

        @Override
        public void restarting(String name, String reason, Duration pause) {
            listener.line(String.format(
                    "%-10s %s; starting it again in %.1f s (log: %s)",
                    name, reason, pause.toMillis() / 1000.0, plan.log(name)));
        }

        @Override
        public void left(String name, String reason) {
            listener.line(String.format(
                    "%-10s %s (not started again; the others go on; log: %s)", name, reason, plan.log(name)));
        }

        @Override
        public void gaveUp(String name, String reason) {
            listener.line(String.format("%-10s %s: giving up", name, reason));
        }

        @Override
        public void changed() {
            if (supervisor.stopped().isDone()) {
                return;
            }
            writeState(supervisor.allReady().isDone());
        }
    }

    /** Creates what the services need, on the cluster and the registry. */
    private static final class TopicsAndSchemas implements StackPlan.Provisioning {
        private final Consumer<KafkaSettings> beforeServices;

        TopicsAndSchemas(Consumer<KafkaSettings> beforeServices) {
            this.beforeServices = beforeServices;
        }

        @Override
        public void topics(KafkaSettings settings) {
            try (Admin admin = Admin.create(settings.clientProperties())) {
                new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensureAll();
            }
        }

        @Override
        public void schemas(KafkaSettings settings) {
            try (SchemaRegistryClient registry = RegistryClients.create(settings.clientProperties())) {
                registry.updateConfig(null, new Config("BACKWARD"));
                new SchemaProvisioner(registry).ensure(Arrays.asList(Topics.values()));
            } catch (IOException | RestClientException e) {
                throw new StackException("The registry did not take the compatibility rule: " + e.getMessage(), e);
            }
            beforeServices.accept(settings);
        }
    }
}
