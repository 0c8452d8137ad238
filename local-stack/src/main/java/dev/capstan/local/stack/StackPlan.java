package dev.capstan.local.stack;

import dev.capstan.ingest.IngestConfig;
import dev.capstan.local.supervisor.FinalExit;
import dev.capstan.local.supervisor.HealthProbe;
import dev.capstan.local.supervisor.ParentWatch;
import dev.capstan.local.supervisor.ProcessSpec;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.platform.InvalidConfigurationException;
import dev.capstan.platform.KafkaSettings;
import dev.capstan.platform.ServiceMain;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * From options to the processes that the supervisor runs: commands, environment, order, health. Opens ports to find free
 * ones, and starts nothing.
 */
final class StackPlan {
    private static final String LOOPBACK = "127.0.0.1";
    private static final String PAGE_PORT = "CAPSTAN_CONSOLE_PORT";
    private static final int USUAL_PAGE_PORT = 8090;

    /** Longest life of a start: the first one unpacks half a gigabyte of native libraries. */
    private static final Duration START_LIMIT = Duration.ofMinutes(3);

    /** Exit status of an inference service whose name another one has taken; see its README. */
    private static final int INSTANCE_TAKEN = 3;

    private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

    /** Spinning worker threads would starve the other processes of the same cores; nothing is fetched at run time. */
    private static final Map<String, String> TENSOR_ENVIRONMENT =
            Map.of("OMP_WAIT_POLICY", "passive", "DJL_OFFLINE", "true", "OPT_OUT_TRACKING", "true");

    private static final int SMALLEST_HEAP_MEBIBYTES = 32;

    /** What fits the small heap of one machine's fetch: records and bodies in memory, and requests under way. */
    private static final Map<String, String> FETCH_ENVIRONMENT = Map.of(
            "CAPSTAN_FETCH_PENDING_BYTES", Integer.toString(16 << 20),
            "CAPSTAN_FETCH_BODY_BYTES", Integer.toString(32 << 20),
            "CAPSTAN_FETCH_REQUESTS", "256");

    private final StackOptions options;
    private final Distribution distribution;
    private final ClassArchives archives;
    private final HttpClient http;
    private final Provisioning provisioning;
    private final Map<String, String> inherited;
    private final int processors;
    private final Map<StackProcess, Integer> ports = new EnumMap<>(StackProcess.class);
    private final KafkaSettings settings;
    private final int pagePort;

    /** What must exist before the services start. */
    interface Provisioning {
        /** Creates the topics that are missing. */
        void topics(KafkaSettings settings);

        /** Registers the schemas, and the rule that they may only change compatibly. */
        void schemas(KafkaSettings settings);
    }

    /**
     * @param inherited variables that every process gets from this one
     * @param processors processors of this machine
     */
    StackPlan(
            StackOptions options,
            Distribution distribution,
            ClassArchives archives,
            HttpClient http,
            Provisioning provisioning,
            Map<String, String> inherited,
            int processors) {
        this.inherited = Map.copyOf(inherited);
        this.processors = processors;
        this.options = options;
        this.distribution = distribution;
        this.archives = archives;
        this.http = http;
        this.provisioning = provisioning;
        if (options.existing().isEmpty()) {
            ports.put(StackProcess.BROKER, Ports.require(options.brokerPort(), "broker", "--broker-port"));
            ports.put(StackProcess.REGISTRY, Ports.require(options.registryPort(), "registry", "--registry-port"));
        }
        if (options.withServices()) {
            for (StackProcess process : StackProcess.values()) {
                if (process.isService() && isWanted(process)) {
                    ports.put(process, Ports.free());
                }
            }
        }
        settings = options.existing().orElseGet(this::ownSettings);
        pagePort = inherited.containsKey(PAGE_PORT)
                ? Ports.parse(PAGE_PORT, inherited.get(PAGE_PORT))
                : Ports.preferred(USUAL_PAGE_PORT);
    }

    private boolean isWanted(StackProcess process) {
        return switch (process) {
            case FETCH -> options.withFetch();
            case CONSOLE -> options.withConsole();
            case SCORE -> wantsScores();
            default -> true;
        };
    }

    /** Whether the policy that ingest will read sends pairs to a scorer: without one they would wait for ever. */
    private boolean wantsScores() {
        Map<String, String> environment = new HashMap<>(options.environment());
        environment.putAll(inherited);
        environment.put("CAPSTAN_BOOTSTRAP_SERVERS", LOOPBACK);
        environment.put("CAPSTAN_REGISTRY", "http://" + LOOPBACK);
        try {
            return IngestConfig.from(ConfigurationSource.load(new String[0], environment, Set.of(IngestConfig.SECTION)))
                            .policy()
                            .minClipScore()
                    > 0;
        } catch (InvalidConfigurationException e) {
            // Ingest says so itself, naming every key.
            return false;
        }
    }

    /** Where clients find the cluster and the registry. */
    KafkaSettings settings() {
        return settings;
    }

    /** The kinds of process by name, as class archives are kept. */
    Set<String> names() {
        return ports.keySet().stream().map(StackProcess::processName).collect(Collectors.toSet());
    }

    /** Where each process tells its health, by name; the broker has no such address. */
    Map<String, URI> healthAddresses() {
        Map<String, URI> addresses = new HashMap<>();
        ports.keySet().stream()
                .filter(process -> process != StackProcess.BROKER)
                .forEach(process -> addresses.put(process.processName(), healthAddress(process)));
        return addresses;
    }

    /** Where the console's page is, if there is a console. */
    Optional<URI> page() {
        return ports.containsKey(StackProcess.CONSOLE)
                ? Optional.of(URI.create("http://" + LOOPBACK + ":" + pagePort + "/"))
                : Optional.empty();
    }

    Path log(String name) {
        return options.logs().resolve(name + ".log");
    }

    /** The processes in start order. */
    List<ProcessSpec> processes() {
        return ports.keySet().stream().map(this::process).toList();
    }

    private ProcessSpec process(StackProcess process) {
        return switch (process) {
            case BROKER ->
                spec(
                        process,
                        List.of(options.directory().resolve("broker").toString(), Integer.toString(port(process))),
                        Map.of(),
                        Probes.tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), port(process))),
                        provisioning::topics);
            case REGISTRY ->
                spec(
                        process,
                        List.of(),
                        registryEnvironment(),
                        Probes.http(http, healthAddress(process)),
                        provisioning::schemas);
            case INGEST, FETCH, TRAINER, INFERENCE, SCORE, CONSOLE ->
                spec(
                        process,
                        List.of(),
                        serviceEnvironment(process),
                        Probes.http(http, healthAddress(process)),
                        ignored -> {});
        };
    }

    private ProcessSpec spec(
            StackProcess process,
            List<String> arguments,
            Map<String, String> environment,
            HealthProbe health,
            Consumer<KafkaSettings> whenReady) {
        Map<String, String> variables = new HashMap<>();
        if (process.hasTensors()) {
            variables.putAll(unlessGiven(TENSOR_ENVIRONMENT));
            variables.putAll(unlessGiven(tensorThreads(process)));
        }
        variables.put("MALLOC_ARENA_MAX", "2");
        variables.putAll(environment);
        return new ProcessSpec(
                process.processName(),
                command(process, arguments),
                variables,
                log(process.processName()),
                startAfter(process),
                health,
                () -> whenReady.accept(settings),
                START_LIMIT,
                STOP_LIMIT,
                finalExits(process));
    }

    private static Map<Integer, FinalExit> finalExits(StackProcess process) {
        Map<Integer, FinalExit> exits = new HashMap<>();
        if (process.isService()) {
            exits.put(
                    ServiceMain.INVALID_CONFIGURATION,
                    new FinalExit("its configuration cannot be used, and its log names each key", false));
        }
        if (process == StackProcess.INFERENCE) {
            exits.put(
                    INSTANCE_TAKEN,
                    new FinalExit(
                            "another process answers under the same instance name and goes on; give this one a name of "
                                    + "its own in CAPSTAN_INFERENCE_INSTANCE and start this stack again",
                            true));
        }
        if (process == StackProcess.TRAINER) {
            exits.put(
                    dev.capstan.trainer.Main.FENCED,
                    new FinalExit(
                            "another trainer of the same model has taken over and goes on; to train here instead, stop that "
                                    + "one and start this stack again",
                            true));
        }
        return exits;
    }

    private Set<String> startAfter(StackProcess process) {
        Set<StackProcess> needed = process.isService()
                ? Set.of(StackProcess.BROKER, StackProcess.REGISTRY)
                : process == StackProcess.REGISTRY ? Set.of(StackProcess.BROKER) : Set.of();
        return needed.stream()
                .filter(ports::containsKey)
                .map(StackProcess::processName)
                .collect(Collectors.toSet());
    }

    private List<String> command(StackProcess process, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(distribution.java().toString());
        command.add("-XX:+UseSerialGC");
        if (!process.hasHotLoops()) {
            command.add("-XX:TieredStopAtLevel=1");
        }
        if (process.hasTensors()) {
            // All of the heap at once, so that the process's size shows what the native side does; and every 10 s free
            // blocks between tensors go back to the system, which glibc would keep.
            command.add("-Xms" + process.heapMebibytes() + "m");
            command.add("-XX:+IgnoreUnrecognizedVMOptions");
            command.add("-XX:TrimNativeHeapInterval=10000");
        } else {
            command.add("-Xms" + SMALLEST_HEAP_MEBIBYTES + "m");
        }
        command.add("-Xmx" + process.heapMebibytes() + "m");
        command.add("-Djava.awt.headless=true");
        command.add("-XX:+ExitOnOutOfMemoryError");
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.addAll(archives.flags(process.processName()));
        if (process == StackProcess.REGISTRY) {
            command.add("-Dquarkus.http.host=" + LOOPBACK);
            command.add("-Dquarkus.http.port=" + port(process));
        } else {
            command.add("-Dlogback.configurationFile=dev/capstan/local/logback-process.xml");
        }
        Path jar = process == StackProcess.REGISTRY ? distribution.registryJar() : distribution.applicationJar();
        command.add("-cp");
        command.add(distribution.parentWatchJar() + File.pathSeparator + jar);
        command.add(ParentWatch.class.getName());
        command.add(process.mainClass());
        command.addAll(arguments);
        return command;
    }

    private Map<String, String> registryEnvironment() {
        return Map.of(
                "APICURIO_STORAGE_KIND", "kafkasql",
                "APICURIO_KAFKASQL_BOOTSTRAP_SERVERS", settings.bootstrapServers(),
                "QUARKUS_LOG_LEVEL", "WARN");
    }

    private Map<String, String> serviceEnvironment(StackProcess process) {
        Map<String, String> environment = new HashMap<>();
        environment.put("CAPSTAN_BOOTSTRAP_SERVERS", settings.bootstrapServers());
        environment.put("CAPSTAN_REGISTRY", settings.registryUrl());
        environment.put("CAPSTAN_HEALTH_PORT", Integer.toString(port(process)));
        if (process == StackProcess.INGEST) {
            environment.put(
                    "CAPSTAN_INGEST_STATE_DIRECTORY",
                    options.directory().resolve("ingest").toString());
        }
        if (process == StackProcess.SCORE) {
            environment.put(
                    "CAPSTAN_SCORE_STATE_DIRECTORY",
                    options.directory().resolve("score").toString());
        }
        if (process == StackProcess.FETCH) {
            environment.putAll(unlessGiven(FETCH_ENVIRONMENT));
        }
        if (process == StackProcess.CONSOLE) {
            environment.put(PAGE_PORT, Integer.toString(pagePort));
        }
        settings.extra().forEach((key, value) -> environment.put(kafkaVariable(key), value));
        if (process == StackProcess.TRAINER) {
            options.baseWeights()
                    .ifPresent(directory -> environment.put("CAPSTAN_TRAINER_BASE_DIRECTORY", directory.toString()));
        }
        environment.putAll(unlessGiven(options.environment()));
        return environment;
    }

    /** Who starts the stack may have set a variable to another value, which wins. */
    private Map<String, String> unlessGiven(Map<String, String> variables) {
        Map<String, String> left = new HashMap<>(variables);
        left.keySet().removeAll(inherited.keySet());
        return left;
    }

    /** The trainer leaves one processor to all others. */
    private Map<String, String> tensorThreads(StackProcess process) {
        int threads = process == StackProcess.TRAINER ? Math.max(1, processors - 1) : Math.max(1, processors / 2);
        return Map.of("OMP_NUM_THREADS", Integer.toString(threads));
    }

    private static String kafkaVariable(String key) {
        return "CAPSTAN_KAFKA_" + key.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    private KafkaSettings ownSettings() {
        return new KafkaSettings(
                LOOPBACK + ":" + port(StackProcess.BROKER),
                "http://" + LOOPBACK + ":" + port(StackProcess.REGISTRY) + "/apis/ccompat/v7",
                Map.of());
    }

    private int port(StackProcess process) {
        Integer port = ports.get(process);
        if (port == null) {
            throw new IllegalStateException(process + " is no part of this stack");
        }
        return port;
    }

    private URI healthAddress(StackProcess process) {
        return URI.create("http://" + LOOPBACK + ":" + port(process) + "/health/ready");
    }
}
