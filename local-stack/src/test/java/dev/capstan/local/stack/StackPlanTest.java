package dev.capstan.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.capstan.local.supervisor.FinalExit;
import dev.capstan.local.supervisor.ProcessSpec;
import dev.capstan.platform.KafkaSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackPlanTest {
    private static final KafkaSettings ELSEWHERE =
            new KafkaSettings("broker-1:9092", "http://registry:8081", Map.of("security.protocol", "SSL"));
    private static final int FENCED = 3;
    private static final int INVALID_CONFIGURATION = 2;

    @TempDir
    private Path directory;

    private Distribution distribution;

    @BeforeEach
    void makeDistribution() throws IOException {
        for (String file :
                List.of("lib/local-stack-1.jar", "registry/apicurio-registry-app-1-runner.jar", "parent-watch.jar")) {
            Path path = directory.resolve("dist").resolve(file);
            Files.createDirectories(path.getParent());
            Files.createFile(path);
        }
        distribution = new Distribution(directory.resolve("dist"), Path.of("java"));
    }

    @Test
    void shouldStartTheServicesAfterBrokerAndRegistry() {
        List<ProcessSpec> processes = plan(Optional.empty(), 0, Map.of(), 2).processes();

        assertThat(processes)
                .extracting(ProcessSpec::name)
                .containsExactly("broker", "registry", "ingest", "fetch", "trainer", "inference");
        assertThat(named(processes, "registry").startAfter()).containsExactly("broker");
        assertThat(named(processes, "inference").startAfter()).containsExactlyInAnyOrder("broker", "registry");
    }

    @Test
    void shouldGiveFetchWhatItsHeapBears() {
        List<ProcessSpec> processes = plan(Optional.empty(), 0, Map.of("CAPSTAN_FETCH_REQUESTS", "9"), 2)
                .processes();

        assertThat(named(processes, "fetch").environment())
                .containsEntry("CAPSTAN_FETCH_BODY_BYTES", "33554432")
                .doesNotContainKey("CAPSTAN_FETCH_REQUESTS");
        assertThat(named(processes, "fetch").command()).contains("-Xmx160m", "dev.capstan.ingest.fetch.FetchMain");
    }

    @Test
    void shouldLeaveFetchOutWhereItIsNotWanted() {
        List<ProcessSpec> processes =
                plan(Optional.empty(), 0, Map.of(), 2, false).processes();

        assertThat(processes)
                .extracting(ProcessSpec::name)
                .containsExactly("broker", "registry", "ingest", "trainer", "inference");
    }

    @Test
    void shouldStartAScorerWhereThePolicyWantsScores() throws IOException {
        Path policy = Files.writeString(directory.resolve("policy.yaml"), "name: scored\nmin-clip-score: 0.2\n");

        List<ProcessSpec> byVariable = plan(Optional.empty(), 0, Map.of("CAPSTAN_INGEST_MIN_CLIP_SCORE", "0.1"), 2)
                .processes();
        List<ProcessSpec> byFile = plan(Optional.empty(), 0, Map.of("CAPSTAN_INGEST_POLICY_FILE", policy.toString()), 2)
                .processes();

        assertThat(byVariable).extracting(ProcessSpec::name).endsWith("inference", "score");
        assertThat(named(byFile, "score").environment())
                .containsEntry(
                        "CAPSTAN_SCORE_STATE_DIRECTORY",
                        directory.resolve("run/score").toString());
    }

    @Test
    void shouldLeaveItToIngestToRefuseAPolicyThatCannotBeUsed() {
        List<ProcessSpec> processes = plan(Optional.empty(), 0, Map.of("CAPSTAN_INGEST_MIN_CLIP_SCORE", "much"), 2)
                .processes();

        assertThat(processes).extracting(ProcessSpec::name).endsWith("inference");
    }

    @Test
    void shouldNotStartAgainATrainerThatAnotherOneReplaces() {
        List<ProcessSpec> processes = plan(Optional.empty(), 0, Map.of(), 2).processes();

        FinalExit fenced =
                Objects.requireNonNull(named(processes, "trainer").finalExits().get(FENCED));
        assertThat(fenced.othersGoOn()).isTrue();
        assertThat(fenced.remedy()).contains("another trainer of the same model", "stop that one");
        assertThat(named(processes, "ingest").finalExits()).containsOnlyKeys(INVALID_CONFIGURATION);
        assertThat(named(processes, "broker").finalExits()).isEmpty();
    }

    @Test
    void shouldNotStartAgainAnInferenceInstanceWhoseNameIsTaken() {
        List<ProcessSpec> processes = plan(Optional.empty(), 0, Map.of(), 2).processes();

        FinalExit taken = Objects.requireNonNull(
                named(processes, "inference").finalExits().get(FENCED));
        assertThat(taken.othersGoOn()).isTrue();
        assertThat(taken.remedy()).contains("CAPSTAN_INFERENCE_INSTANCE");
    }

    @Test
    void shouldEndEverythingOnAConfigurationThatCannotBeUsed() {
        List<ProcessSpec> processes = plan(Optional.empty(), 0, Map.of(), 2).processes();

        assertThat(processes)
                .filteredOn(process -> process.startAfter().contains("registry"))
                .extracting(
                        process -> Objects.requireNonNull(process.finalExits().get(INVALID_CONFIGURATION))
                                .othersGoOn())
                .containsExactly(false, false, false, false);
    }

    @Test
    void shouldStartTheServicesAloneAgainstAClusterThatExists() {
        List<ProcessSpec> processes =
                plan(Optional.of(ELSEWHERE), 0, Map.of(), 2).processes();

        assertThat(processes).extracting(ProcessSpec::name).containsExactly("ingest", "fetch", "trainer", "inference");
        assertThat(named(processes, "trainer"))
                .returns(Set.of(), ProcessSpec::startAfter)
                .extracting(ProcessSpec::environment)
                .satisfies(environment -> assertThat(environment)
                        .containsEntry("CAPSTAN_BOOTSTRAP_SERVERS", "broker-1:9092")
                        .containsEntry("CAPSTAN_REGISTRY", "http://registry:8081")
                        .containsEntry("CAPSTAN_KAFKA_SECURITY_PROTOCOL", "SSL"));
    }

    @Test
    void shouldLeaveOneProcessorToTheOthers() {
        List<ProcessSpec> processes = plan(Optional.empty(), 0, Map.of(), 8).processes();

        assertThat(named(processes, "trainer").environment()).containsEntry("OMP_NUM_THREADS", "7");
        assertThat(named(processes, "inference").environment()).containsEntry("OMP_NUM_THREADS", "4");
        assertThat(named(processes, "ingest").environment()).doesNotContainKey("OMP_NUM_THREADS");
    }

    @Test
    void shouldNotReplaceWhatThePersonSet() {
        List<ProcessSpec> processes = plan(
                        Optional.empty(), 0, Map.of("OMP_NUM_THREADS", "1", "CAPSTAN_TRAINER_MODE", "limber"), 8)
                .processes();

        assertThat(named(processes, "trainer").environment())
                .doesNotContainKeys("OMP_NUM_THREADS", "CAPSTAN_TRAINER_MODE")
                .containsEntry("CAPSTAN_TRAINER_REPLAY_FRACTION", "0.5");
    }

    @Test
    void shouldWatchTheParentInEveryProcess() {
        List<ProcessSpec> processes = plan(Optional.empty(), 0, Map.of(), 2).processes();

        assertThat(processes)
                .allSatisfy(process -> assertThat(process.command())
                        .contains("dev.capstan.local.supervisor.ParentWatch")
                        .anyMatch(word -> word.contains("parent-watch.jar")));
    }

    @Test
    void shouldNameThePortThatIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();

            assertThatThrownBy(() -> plan(Optional.empty(), port, Map.of(), 2))
                    .isInstanceOf(StackException.class)
                    .hasMessageContaining(Integer.toString(port))
                    .hasMessageContaining("--broker-port");
        }
    }

    @Test
    void shouldSayWhatAnIncompleteDistributionLacks() throws IOException {
        Files.delete(directory.resolve("dist/parent-watch.jar"));
        StackPlan plan = plan(Optional.empty(), 0, Map.of(), 2);

        assertThatThrownBy(plan::processes)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("parent-watch*.jar")
                .hasMessageContaining("start ./capstan");
    }

    private StackPlan plan(
            Optional<KafkaSettings> existing, int brokerPort, Map<String, String> inherited, int processors) {
        return plan(existing, brokerPort, inherited, processors, true);
    }

    private StackPlan plan(
            Optional<KafkaSettings> existing,
            int brokerPort,
            Map<String, String> inherited,
            int processors,
            boolean withFetch) {
        StackOptions options = new StackOptions(
                "test",
                directory.resolve("run"),
                existing,
                brokerPort,
                0,
                true,
                withFetch,
                false,
                Optional.empty(),
                Map.of("CAPSTAN_TRAINER_MODE", "joint", "CAPSTAN_TRAINER_REPLAY_FRACTION", "0.5"),
                settings -> {});
        return new StackPlan(
                options,
                distribution,
                ClassArchives.of(distribution),
                HttpClient.newHttpClient(),
                new NothingProvided(),
                inherited,
                processors);
    }

    private static ProcessSpec named(List<ProcessSpec> processes, String name) {
        return processes.stream()
                .filter(process -> process.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static final class NothingProvided implements StackPlan.Provisioning {
        @Override
        public void topics(KafkaSettings settings) {}

        @Override
        public void schemas(KafkaSettings settings) {}
    }
}
