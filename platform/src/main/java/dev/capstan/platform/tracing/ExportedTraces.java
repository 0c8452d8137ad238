package dev.capstan.platform.tracing;

import dev.capstan.platform.InvalidConfigurationException;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.resources.Resource;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * OpenTelemetry's SDK as the standard variables describe it, sending OTLP over HTTP. Spans wait in a queue of bounded length
 * ({@code OTEL_BSP_MAX_QUEUE_SIZE}, 2048), and those that find it full are dropped: a collector that is slow or away never holds up a
 * record.
 */
final class ExportedTraces implements AutoCloseable {
    /** How long the last spans may take to leave. */
    private static final int CLOSE_SECONDS = 5;

    private static final String EXPORTER = "OTEL_TRACES_EXPORTER";
    private static final String DISABLED = "OTEL_SDK_DISABLED";
    private static final String VARIABLE_PREFIX = "OTEL_";

    /** Where no variable says otherwise: one trace in a hundred, the protocol that this process can speak, and traces alone. */
    private static final Map<String, String> DEFAULTS = Map.of(
            "otel.exporter.otlp.protocol", "http/protobuf",
            "otel.traces.sampler", "parentbased_traceidratio",
            "otel.traces.sampler.arg", "0.01",
            "otel.metrics.exporter", "none",
            "otel.logs.exporter", "none");

    private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");
    private static final AttributeKey<String> HOST_NAME = AttributeKey.stringKey("host.name");
    private static final String NAMELESS = "unknown_service";
    private static final Logger LOG = LoggerFactory.getLogger(ExportedTraces.class);
    /** Held here: the log manager alone would let go of it, and of its handler. */
    private static final java.util.logging.Logger SDK_LOG = java.util.logging.Logger.getLogger("io.opentelemetry");

    private final OpenTelemetrySdk sdk;

    private ExportedTraces(OpenTelemetrySdk sdk) {
        this.sdk = sdk;
    }

    /** Empty unless an exporter is asked for. */
    static Optional<ExportedTraces> open(String service, Map<String, String> environment) {
        String exporter = environment.getOrDefault(EXPORTER, "").strip();
        if (exporter.isEmpty()
                || exporter.equals("none")
                || Boolean.parseBoolean(environment.getOrDefault(DISABLED, "").strip())) {
            return Optional.empty();
        }
        if (!exporter.equals("otlp")) {
            throw new InvalidConfigurationException(
                    List.of(EXPORTER + " is \"" + exporter + "\": give otlp, or none for no traces"));
        }
        requireHttp(environment);
        logThroughSlf4j();
        try {
            OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                    .disableShutdownHook()
                    .addPropertiesSupplier(() -> DEFAULTS)
                    .addPropertiesCustomizer(ignored -> properties(environment))
                    .addResourceCustomizer((resource, ignored) -> named(service, resource))
                    .addSamplerCustomizer((sampler, ignored) -> new RareSpans(sampler))
                    .build()
                    .getOpenTelemetrySdk();
            LOG.info(
                    "traces=exported sampler={}",
                    sdk.getSdkTracerProvider().getSampler().getDescription());
            return Optional.of(new ExportedTraces(sdk));
        } catch (ConfigurationException | IllegalArgumentException | IllegalStateException e) {
            throw new InvalidConfigurationException(List.of("a variable of OpenTelemetry cannot be used: "
                    + e.getMessage() + ". Correct it, or leave " + EXPORTER + " out for no traces"));
        }
    }

    OpenTelemetry telemetry() {
        return sdk;
    }

    @Override
    public void close() {
        if (!sdk.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS).isSuccess()) {
            LOG.warn("the last spans did not leave within {} s", CLOSE_SECONDS);
        }
    }

    private static void requireHttp(Map<String, String> environment) {
        for (String name : List.of("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")) {
            String protocol = environment.getOrDefault(name, "").strip();
            if (!protocol.isEmpty() && !protocol.equals("http/protobuf")) {
                throw new InvalidConfigurationException(List.of(name + " is \"" + protocol
                        + "\": give http/protobuf, which collectors take on port 4318, or leave it out"));
            }
        }
    }

    /** The given variables win over those of the process, which in a service are the same. */
    private static Map<String, String> properties(Map<String, String> environment) {
        Map<String, String> properties = new HashMap<>();
        environment.forEach((name, value) -> {
            if (name.startsWith(VARIABLE_PREFIX) && !value.isBlank()) {
                properties.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
            }
        });
        return properties;
    }

    /** The SDK itself gives each process an id ({@code service.instance.id}). */
    private static Resource named(String service, Resource resource) {
        AttributesBuilder attributes = Attributes.builder();
        String name = resource.getAttribute(SERVICE_NAME);
        if (name == null || name.startsWith(NAMELESS)) {
            attributes.put(SERVICE_NAME, "capstan-" + service);
        }
        if (resource.getAttribute(HOST_NAME) == null) {
            attributes.put(HOST_NAME, host());
        }
        return resource.merge(Resource.create(attributes.build()));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // A machine without a name.
            return "localhost";
        }
    }

    /** The SDK tells of failed exports through java.util.logging, a few times a minute at most. */
    private static synchronized void logThroughSlf4j() {
        if (SDK_LOG.getHandlers().length == 0) {
            SDK_LOG.addHandler(new SLF4JBridgeHandler());
            SDK_LOG.setUseParentHandlers(false);
        }
    }
}
