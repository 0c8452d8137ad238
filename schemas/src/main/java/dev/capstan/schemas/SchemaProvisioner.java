package dev.capstan.schemas;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.entities.Config;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.util.Collection;

/** Registers the schema of every topic and sets its subject to BACKWARD compatibility: new readers read old records. */
public final class SchemaProvisioner {
    private static final String BACKWARD = "BACKWARD";

    private final SchemaRegistryClient registry;

    /**
     * @param registry used, not closed
     */
    public SchemaProvisioner(SchemaRegistryClient registry) {
        this.registry = registry;
    }

    /**
     * @throws IncompatibleSchemaException if the registry refuses a schema; names the subject
     * @throws RegistryUnavailableException if the registry does not answer
     */
    public void ensure(Collection<Topics> topics) {
        for (Topics topic : topics) {
            try {
                registry.register(topic.subject(), new AvroSchema(topic.schema()));
                setBackward(topic.subject());
            } catch (RestClientException e) {
                if (e.getStatus() >= 500) {
                    throw new RegistryUnavailableException("The registry failed on subject " + topic.subject(), e);
                }
                throw new IncompatibleSchemaException(topic.subject(), e);
            } catch (IOException e) {
                throw new RegistryUnavailableException(
                        "The registry cannot be reached for subject " + topic.subject(), e);
            }
        }
    }

    private void setBackward(String subject) throws IOException, RestClientException {
        try {
            registry.updateConfig(subject, new Config(BACKWARD));
        } catch (RestClientException e) {
            // Services that start together set it together, and Apicurio refuses all but the first.
            if (!BACKWARD.equals(registry.getConfig(subject).getCompatibilityLevel())) {
                throw e;
            }
        }
    }
}
