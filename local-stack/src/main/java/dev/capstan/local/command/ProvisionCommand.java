package dev.capstan.local.command;

import dev.capstan.platform.KafkaSettings;
import dev.capstan.schemas.IncompatibleSchemaException;
import dev.capstan.schemas.IncompatibleTopicsException;
import dev.capstan.schemas.RegistryClients;
import dev.capstan.schemas.SchemaProvisioner;
import dev.capstan.schemas.TopicProvisioner;
import dev.capstan.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Creates topics and registers schemas on a cluster that exists. */
@Command(
        name = "provision",
        description = {
            "Create the topics that are missing and register the schemas with BACKWARD compatibility.",
            "Existing topics are never changed; those that cannot work are refused by name."
        },
        mixinStandardHelpOptions = true)
final class ProvisionCommand implements Callable<Integer> {
    @Mixin
    private final ClusterOptions cluster = new ClusterOptions();

    @Option(
            names = "--partitions",
            defaultValue = "0",
            description = "Partitions of new topics that may have several; 0 takes each topic's default.")
    private int partitions;

    @Option(
            names = "--replication-factor",
            defaultValue = "-1",
            description = "Replicas of new topics; -1 takes the cluster's default.")
    private short replicationFactor;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        KafkaSettings settings = cluster.require();
        try (Admin admin = Admin.create(settings.clientProperties());
                SchemaRegistryClient registry = RegistryClients.create(settings.clientProperties())) {
            new TopicProvisioner(admin, new TopicProvisioner.Options(partitions, replicationFactor, Map.of()))
                    .ensureAll();
            new SchemaProvisioner(registry).ensure(List.of(Topics.values()));
        } catch (IncompatibleTopicsException | IncompatibleSchemaException e) {
            throw new CommandException(ExitCodes.REFUSED, String.valueOf(e.getMessage()));
        }
        spec.commandLine().getOut().printf("%d topics and their schemas are in place.%n", Topics.values().length);
        return ExitCodes.OK;
    }
}
