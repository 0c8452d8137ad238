package dev.capstan.schemas;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;

/** What a service makes sure of before it reads or writes: that its topics exist and that their schemas are registered. */
public final class Provisioning {
    private Provisioning() {}

    /**
     * @param clientProperties of the cluster and of the registry
     * @param createTopics whether topics that are missing are created; where not, whoever runs the cluster makes them
     * @throws RuntimeException as {@link TopicProvisioner#ensure} and {@link SchemaProvisioner#ensure} do
     */
    public static void ensure(Map<String, Object> clientProperties, Collection<Topics> topics, boolean createTopics) {
        if (createTopics) {
            try (Admin admin = Admin.create(clientProperties)) {
                new TopicProvisioner(admin, TopicProvisioner.Options.defaults()).ensure(topics);
            }
        }
        try (SchemaRegistryClient client = RegistryClients.create(clientProperties)) {
            new SchemaProvisioner(client).ensure(topics);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
