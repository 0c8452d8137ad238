package dev.capstan.trainer;

import dev.capstan.schemas.RegistryClients;
import dev.capstan.schemas.SchemaProvisioner;
import dev.capstan.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** An in-memory registry lives in one JVM; two of them agree on every id if all schemas are registered in one order. */
final class MockRegistry {
    private MockRegistry() {}

    /** Call before anything else uses the registry. */
    static void provision(String url) {
        try (SchemaRegistryClient client = RegistryClients.create(Map.of(RegistryClients.SCHEMA_REGISTRY_URL, url))) {
            new SchemaProvisioner(client).ensure(List.of(Topics.values()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
