package dev.capstan.platform;

import dev.capstan.platform.tracing.Tracing;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one {@link Service} as a process: configuration errors end with exit code 2 and a message that names every key,
 * SIGTERM closes in order, and with {@code CAPSTAN_EXIT_WITH_PARENT=true} the process ends when its standard input does,
 * so that no child outlives its supervisor.
 */
public final class ServiceMain {
    /** Exit code for a configuration that cannot be used. */
    public static final int INVALID_CONFIGURATION = 2;

    private static final Logger LOG;

    static {
        // Before the first logger, which fixes the configuration of all.
        ServiceLogging.chooseUnlessChosen();
        LOG = LoggerFactory.getLogger(ServiceMain.class);
    }

    /** How long the main thread may take once its service is closed. */
    private static final int HALT_SECONDS = 10;

    private static final String EXIT_WITH_PARENT = "CAPSTAN_EXIT_WITH_PARENT";

    private ServiceMain() {}

    /** Builds a service from the process's arguments, environment, metrics and traces. */
    @FunctionalInterface
    public interface Factory {
        /**
         * @param registry where the service registers its meters
         * @param tracing makes the service's spans; closed after the service
         * @throws InvalidConfigurationException if the configuration cannot be used
         */
        Service create(
                String[] arguments, Map<String, String> environment, PrometheusMeterRegistry registry, Tracing tracing);
    }

    /**
     * Runs the service and ends the JVM with its exit code.
     *
     * @param name the service's name in logs
     */
    public static void run(String name, String[] arguments, Factory factory) {
        Map<String, String> environment = System.getenv();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.config().commonTags("service", name);
        int code;
        try (HealthServer health = HealthServer.fromEnvironment(environment, registry);
                Tracing tracing = Tracing.fromEnvironment(name, environment)) {
            ServiceLogging.requireLevel(environment);
            new JvmMemoryMetrics().bindTo(registry);
            new ProcessorMetrics().bindTo(registry);
            bindProcess(name, registry);
            Service service = factory.create(arguments, environment, registry, tracing);
            code = supervise(name, service, health, environment);
        } catch (InvalidConfigurationException e) {
            System.err.println(name + ": " + e.getMessage());
            code = INVALID_CONFIGURATION;
        } catch (RuntimeException | InterruptedException e) {
            LOG.error("service={} failed", name, e);
            code = 1;
        }
        // halt: shutdown hooks have done their work, and stray client threads must not hold the process.
        Runtime.getRuntime().halt(code);
    }

    /** Under Prometheus' own names. Resident memory, less what the JVM says of itself, is native: tensors, RocksDB, buffers. */
    private static void bindProcess(String name, PrometheusMeterRegistry registry) {
        ProcessMetrics.builder().constLabels(Labels.of("service", name)).register(registry.getPrometheusRegistry());
    }

    private static int supervise(String name, Service service, HealthServer health, Map<String, String> environment)
            throws InterruptedException {
        AtomicBoolean closed = new AtomicBoolean();
        AtomicBoolean started = new AtomicBoolean();
        Object closing = new Object();
        Runnable close = () -> {
            // Whoever comes second waits for the first: the process must not be halted while its service closes.
            synchronized (closing) {
                if (closed.compareAndSet(false, true)) {
                    service.close();
                }
            }
        };
        Runnable shutdown = () -> {
            close.run();
            if (started.get()) {
                awaitHalt();
            }
        };
        Runtime.getRuntime().addShutdownHook(new Thread(shutdown, name + "-shutdown"));
        if (Boolean.parseBoolean(environment.get(EXIT_WITH_PARENT))) {
            Thread watch = new Thread(ServiceMain::exitWhenInputEnds, "parent-watch");
            watch.setDaemon(true);
            watch.start();
        }
        health.serve(service);
        LOG.info("service={} starting", name);
        int code = 1;
        try {
            service.start();
            started.set(true);
            code = service.awaitTermination();
        } finally {
            close.run();
        }
        LOG.info("service={} stopped exitCode={}", name, code);
        return code;
    }

    /**
     * Leaves the end to the main thread, which frees the rest, sends the last spans and halts with the service's own exit code. Were
     * it stuck, the process would end without it.
     */
    private static void awaitHalt() {
        try {
            if (!new CountDownLatch(1).await(HALT_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the main thread did not end within {} s", HALT_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void exitWhenInputEnds() {
        try (InputStream input = System.in) {
            byte[] ignored = new byte[256];
            while (input.read(ignored) >= 0) {
                // The supervisor holds the other end open and writes nothing.
            }
        } catch (IOException e) {
            LOG.debug("standard input failed", e);
        }
        System.exit(0);
    }
}
