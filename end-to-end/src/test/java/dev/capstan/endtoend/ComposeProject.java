package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.capstan.schemas.RegistryClients;
import dev.capstan.testing.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** One project of docker-compose over the repository's docker-compose.yml. */
final class ComposeProject {
    private static final Path ROOT = Path.of(System.getProperty("capstan.root"));
    private static final int LIMIT_MINUTES = 5;
    private static final List<String> BROKER_PORTS =
            List.of("CAPSTAN_KAFKA_PORT", "CAPSTAN_KAFKA_2_PORT", "CAPSTAN_KAFKA_3_PORT");

    private final List<String> options;
    private final List<Integer> brokerPorts;
    private final int registryPort = FreePort.find();

    private ComposeProject(int brokers, String... options) {
        this.options = List.of(options);
        this.brokerPorts =
                IntStream.range(0, brokers).mapToObj(broker -> FreePort.find()).toList();
    }

    /**
     * One broker, on a port of this host that nobody else has.
     *
     * @param name of the project: prefix of its containers, volumes and network
     */
    static ComposeProject oneBroker(String name) {
        return new ComposeProject(1, "--project-name", name);
    }

    /** The same with three brokers. */
    static ComposeProject threeBrokers(String name) {
        return new ComposeProject(3, "--project-name", name, "--env-file", "ops/compose/cluster.env");
    }

    /** Starts everything and returns when these services are healthy. */
    void bringUp(List<String> services, Duration limit) {
        takeDown();
        run("up", "--detach", "--no-build");
        try {
            Awaitility.await()
                    .atMost(limit)
                    .untilAsserted(() -> assertThat(services)
                            .allSatisfy(service -> assertThat(health(service)).isEqualTo("healthy")));
        } catch (ConditionTimeoutException e) {
            throw new IllegalStateException(run("logs", "--no-color", "--tail", "20"), e);
        }
    }

    /** Ends everything and deletes what it kept. */
    void takeDown() {
        run("down", "--volumes", "--timeout", "20");
    }

    /**
     * A user on this host.
     *
     * @param limit longest wait for a record
     */
    LoopClient client(Duration limit) {
        String brokers = brokerPorts.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        String registry = "http://127.0.0.1:" + registryPort + "/apis/ccompat/v7";
        return new LoopClient(
                Map.of("bootstrap.servers", brokers, RegistryClients.SCHEMA_REGISTRY_URL, registry), limit);
    }

    /**
     * Runs a command of docker-compose and returns what it printed.
     *
     * @throws IllegalStateException if it fails or does not end
     */
    String run(String... arguments) {
        List<String> command = new ArrayList<>(List.of("docker-compose"));
        command.addAll(options);
        command.addAll(List.of(arguments));
        return execute(command);
    }

    /** One field of a service's container, by a template of docker inspect. */
    String inspect(String service, String template) {
        return execute(List.of("docker", "inspect", "--format", template, run("ps", "--quiet", service)));
    }

    private String health(String service) {
        return inspect(service, "{{.State.Health.Status}}");
    }

    private String execute(List<String> command) {
        try {
            Path complaints = Files.createTempFile("compose-", ".log");
            ProcessBuilder builder =
                    new ProcessBuilder(command).directory(ROOT.toFile()).redirectError(complaints.toFile());
            builder.environment().put("CAPSTAN_REGISTRY_PORT", Integer.toString(registryPort));
            for (int i = 0; i < brokerPorts.size(); i++) {
                builder.environment().put(BROKER_PORTS.get(i), Integer.toString(brokerPorts.get(i)));
            }
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " did not end in " + LIMIT_MINUTES + " minutes");
            }
            if (process.exitValue() != 0) {
                throw new IllegalStateException(
                        command + " ended with " + process.exitValue() + ": " + output + Files.readString(complaints));
            }
            Files.delete(complaints);
            return output.strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(command + " was interrupted", e);
        }
    }
}
