package dev.capstan.platform;

import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
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

    private static final Logger LOG = LoggerFactory.getLogger(ServiceMain.class);
    private static final String EXIT_WITH_PARENT = "CAPSTAN_EXIT_WITH_PARENT";

    private ServiceMain() {}

    /** Builds a service from the process's arguments, environment and metrics. */
    @FunctionalInterface
    public interface Factory {
        /**
         * @param registry where the service registers its meters
         * @throws InvalidConfigurationException if the configuration cannot be used
         */
        Service create(String[] arguments, Map<String, String> environment, PrometheusMeterRegistry registry);
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
        try (HealthServer health = HealthServer.fromEnvironment(environment, registry)) {
            new JvmMemoryMetrics().bindTo(registry);
            new ProcessorMetrics().bindTo(registry);
            Service service = factory.create(arguments, environment, registry);
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

    private static int supervise(String name, Service service, HealthServer health, Map<String, String> environment)
            throws InterruptedException {
        AtomicBoolean closed = new AtomicBoolean();
        Runnable close = () -> {
            if (closed.compareAndSet(false, true)) {
                service.close();
            }
        };
        Runtime.getRuntime().addShutdownHook(new Thread(close, name + "-shutdown"));
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
            code = service.awaitTermination();
        } finally {
            close.run();
        }
        LOG.info("service={} stopped exitCode={}", name, code);
        return code;
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
