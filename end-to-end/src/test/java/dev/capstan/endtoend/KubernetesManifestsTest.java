package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.capstan.console.ConsoleConfig;
import dev.capstan.inference.InferenceConfig;
import dev.capstan.inference.score.ScoreConfig;
import dev.capstan.ingest.IngestConfig;
import dev.capstan.ingest.fetch.FetchConfig;
import dev.capstan.platform.ConfigurationSource;
import dev.capstan.schemas.Topics;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The manifests of ops/kubernetes say what Kubernetes, KEDA and the services themselves understand. No cluster is asked. */
final class KubernetesManifestsTest {
    private static final Path DIRECTORY = Path.of(System.getProperty("capstan.root"), "ops/kubernetes");
    private static final ObjectMapper YAML = YAMLMapper.builder(new YAMLFactory())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** The kinds of the core API that are used, with their types. */
    private static final Map<String, Class<? extends KubernetesResource>> TYPES = Map.of(
            "Namespace", Namespace.class,
            "ConfigMap", ConfigMap.class,
            "Service", Service.class,
            "StatefulSet", StatefulSet.class,
            "PodDisruptionBudget", PodDisruptionBudget.class,
            "NetworkPolicy", NetworkPolicy.class);

    /** Reads a service's configuration from its environment and throws if a key is wrong or unknown. */
    private static final Map<String, Consumer<Map<String, String>>> CONFIGURATIONS = Map.of(
            "ingest", environment -> IngestConfig.from(source(environment, IngestConfig.SECTION)),
            "fetch", environment -> FetchConfig.from(source(environment, FetchConfig.SECTION)),
            "score", environment -> ScoreConfig.from(source(environment, ScoreConfig.SECTION)),
            "inference", environment -> InferenceConfig.from(source(environment, InferenceConfig.SECTION)),
            "console", environment -> ConsoleConfig.from(source(environment, ConsoleConfig.SECTION)));

    private static final List<JsonNode> DOCUMENTS = new ArrayList<>();
    private static final List<KubernetesResource> RESOURCES = new ArrayList<>();

    /** KEDA's ScaledObject as far as it is used (keda.sh, ScaledObject specification and Apache Kafka scaler, version 2). */
    record ScaledObject(String apiVersion, String kind, ScaledMetadata metadata, ScaledSpec spec) {}

    record ScaledMetadata(String name) {}

    record ScaledSpec(
            Target scaleTargetRef,
            int minReplicaCount,
            int maxReplicaCount,
            int cooldownPeriod,
            List<Trigger> triggers) {}

    record Target(String apiVersion, String kind, String name) {}

    record Trigger(String type, KafkaTrigger metadata) {}

    record KafkaTrigger(
            String bootstrapServers,
            String consumerGroup,
            String topic,
            String lagThreshold,
            String offsetResetPolicy) {}

    @BeforeAll
    static void read() throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            for (Path file : files.sorted().toList()) {
                YAML.readerFor(JsonNode.class)
                        .<JsonNode>readValues(file.toFile())
                        .forEachRemaining(DOCUMENTS::add);
            }
        }
        for (JsonNode document : DOCUMENTS) {
            Class<? extends KubernetesResource> type =
                    TYPES.get(document.path("kind").asText());
            if (type != null) {
                RESOURCES.add(YAML.treeToValue(document, type));
            }
        }
    }

    @Test
    void shouldHoldOnlyKindsThatAreChecked() {
        assertThat(DOCUMENTS)
                .hasSizeGreaterThan(12)
                .extracting(document -> document.path("kind").asText())
                .allSatisfy(kind -> assertThat(kind)
                        .satisfiesAnyOf(
                                core -> assertThat(TYPES).containsKey(core),
                                other -> assertThat(other).isIn("ScaledObject", "Kustomization")));
    }

    @Test
    void shouldHaveNoFieldThatTheTypesDoNotKnow() {
        assertThat(RESOURCES).isNotEmpty().allSatisfy(resource -> {
            List<String> unknown = new ArrayList<>();
            unknownFields(resource, new HashSet<>(), unknown);
            assertThat(unknown).isEmpty();
        });
    }

    @Test
    void shouldApplyEveryFile() throws IOException {
        JsonNode kustomization =
                YAML.readTree(DIRECTORY.resolve("kustomization.yaml").toFile());
        Set<String> applied = new TreeSet<>(Set.of("kustomization.yaml"));
        kustomization.get("resources").forEach(file -> applied.add(file.asText()));
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrderElementsOf(applied);
        }
    }

    @Test
    void shouldRunMainClassesThatThereAre() {
        assertThat(workloads()).hasSize(6).allSatisfy(workload -> {
            List<String> arguments = container(workload).getArgs();
            assertThat(Class.forName(arguments.get(arguments.size() - 1)).getMethod("main", String[].class))
                    .isNotNull();
        });
    }

    @Test
    void shouldConfigureServicesAsTheyUnderstandIt() {
        Map<String, Map<String, String>> environments = new HashMap<>();
        workloads().forEach(workload -> environments.put(name(workload), environment(container(workload))));

        assertThat(environments).containsKeys(CONFIGURATIONS.keySet().toArray(String[]::new));
        CONFIGURATIONS.forEach((service, configuration) -> configuration.accept(environments.get(service)));
    }

    @Test
    void shouldConfineEveryContainer() {
        assertThat(workloads()).allSatisfy(workload -> {
            PodSpec pod = pod(workload);
            Container container = container(workload);
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .isFalse();
            assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .containsExactly("ALL");
            assertThat(container.getResources().getLimits()).containsKey("memory");
            assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
            assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/health/live");
            assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/health/ready");
            assertThat(pod.getVolumes())
                    .allSatisfy(volume ->
                            assertThat(volume.getEmptyDir().getSizeLimit()).isNotNull());
        });
    }

    @Test
    void shouldGiveTheHeapLessThanTheContainer() {
        assertThat(workloads()).allSatisfy(workload -> {
            Container container = container(workload);
            String heap = container.getArgs().stream()
                    .filter(argument -> argument.startsWith("-Xmx"))
                    .findFirst()
                    .orElseThrow();
            long heapBytes = Long.parseLong(heap.substring(4, heap.length() - 1)) << 20;
            long limit = Objects.requireNonNull(
                            container.getResources().getLimits().get("memory"))
                    .getNumericalAmount()
                    .longValueExact();
            assertThat(heapBytes).isLessThanOrEqualTo(limit * 2 / 3);
        });
    }

    @Test
    void shouldScaleOnGroupsAndTopicsThatThereAre() throws IOException {
        Set<String> workloads = new TreeSet<>();
        workloads().forEach(workload -> workloads.add(name(workload)));
        int scaled = 0;
        for (JsonNode document : DOCUMENTS) {
            if (!document.path("kind").asText().equals("ScaledObject")) {
                continue;
            }
            scaled++;
            ScaledObject object = YAML.treeToValue(document, ScaledObject.class);
            assertThat(workloads).contains(object.spec().scaleTargetRef().name());
            // A policy may want no scores at all.
            assertThat(object.spec().minReplicaCount())
                    .isGreaterThanOrEqualTo(object.metadata().name().equals("score") ? 0 : 1);
            for (Trigger trigger : object.spec().triggers()) {
                KafkaTrigger kafka = trigger.metadata();
                assertThat(trigger.type()).isEqualTo("kafka");
                assertThat(kafka.consumerGroup())
                        .isIn("capstan-ingest", "capstan-fetch", "capstan-score", InferenceConfig.GROUP);
                assertThat(Long.parseLong(kafka.lagThreshold())).isPositive();
                assertThat(kafka.bootstrapServers()).isEqualTo(cluster().get("CAPSTAN_BOOTSTRAP_SERVERS"));
                // A replica beyond the partitions would stand idle.
                assertThat(object.spec().maxReplicaCount())
                        .isLessThanOrEqualTo(Topics.byName(kafka.topic()).defaultPartitions());
            }
        }
        assertThat(scaled).isEqualTo(4);
    }

    private static ConfigurationSource source(Map<String, String> environment, String section) {
        return ConfigurationSource.load(new String[0], environment, Set.of(section));
    }

    private static List<StatefulSet> workloads() {
        return RESOURCES.stream()
                .filter(StatefulSet.class::isInstance)
                .map(StatefulSet.class::cast)
                .toList();
    }

    private static String name(StatefulSet workload) {
        return workload.getMetadata().getName();
    }

    private static PodSpec pod(StatefulSet workload) {
        return workload.getSpec().getTemplate().getSpec();
    }

    private static Container container(StatefulSet workload) {
        assertThat(pod(workload).getContainers()).hasSize(1);
        return pod(workload).getContainers().get(0);
    }

    private static Map<String, String> cluster() {
        return RESOURCES.stream()
                .filter(ConfigMap.class::isInstance)
                .map(resource -> ((ConfigMap) resource).getData())
                .findFirst()
                .orElseThrow();
    }

    /** What the process would see; a value that comes from elsewhere is made up. */
    private static Map<String, String> environment(Container container) {
        Map<String, String> environment = new HashMap<>(cluster());
        for (EnvVar variable : container.getEnv()) {
            environment.put(
                    variable.getName(), Optional.ofNullable(variable.getValue()).orElse("from-the-cluster-0123"));
        }
        return environment;
    }

    /** The models take unknown fields and keep them aside: a misspelt one would be dropped by the cluster without a word. */
    private static void unknownFields(@Nullable Object value, Set<Object> seen, List<String> unknown) {
        if (value instanceof Collection<?> values) {
            values.forEach(element -> unknownFields(element, seen, unknown));
            return;
        }
        if (!(value instanceof KubernetesResource) || !seen.add(System.identityHashCode(value))) {
            return;
        }
        for (Method method : value.getClass().getMethods()) {
            if (method.getParameterCount() > 0 || !method.getName().startsWith("get")) {
                continue;
            }
            Object property = invoke(method, value);
            if (method.getName().equals("getAdditionalProperties")) {
                ((Map<?, ?>) Objects.requireNonNull(property))
                        .keySet()
                        .forEach(key -> unknown.add(value.getClass().getSimpleName() + "." + key));
            } else {
                unknownFields(property, seen, unknown);
            }
        }
    }

    private static @Nullable Object invoke(Method method, Object target) {
        try {
            return method.invoke(target);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(method + " failed", e);
        }
    }
}
