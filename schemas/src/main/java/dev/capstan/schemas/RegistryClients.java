package dev.capstan.schemas;

import io.confluent.kafka.schemaregistry.avro.AvroSchemaProvider;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClientFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes registry clients from Confluent's configuration keys. */
public final class RegistryClients {
    /** Addresses of the registry, separated by commas; {@code mock://scope} is an in-memory one. */
    public static final String SCHEMA_REGISTRY_URL = "schema.registry.url";

    private static final int SCHEMAS_PER_SUBJECT = 1000;
    private static final String READ_TIMEOUT = "http.read.timeout.ms";
    private static final String CONNECT_TIMEOUT = "http.connect.timeout.ms";

    private RegistryClients() {}

    /**
     * @param configuration client configuration; keys that the registry client does not know are ignored
     * @throws IllegalArgumentException if {@code schema.registry.url} is missing
     */
    public static SchemaRegistryClient create(Map<String, ?> configuration) {
        Object url = configuration.get(SCHEMA_REGISTRY_URL);
        if (url == null || url.toString().isBlank()) {
            throw new IllegalArgumentException(
                    "schema.registry.url is not set: give the registry's address, for example http://127.0.0.1:8081");
        }
        List<String> urls =
                Arrays.stream(url.toString().split(",")).map(String::strip).toList();
        Map<String, Object> bounded = new HashMap<>(configuration);
        bounded.putIfAbsent(READ_TIMEOUT, 10_000);
        bounded.putIfAbsent(CONNECT_TIMEOUT, 5_000);
        return SchemaRegistryClientFactory.newClient(
                urls, SCHEMAS_PER_SUBJECT, List.of(new AvroSchemaProvider()), bounded, Map.of());
    }
}
