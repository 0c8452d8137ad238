package dev.capstan.broker;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * One real Kafka broker and controller on loopback, for one machine: in this JVM for tests, or as a process through
 * {@link #main}. Its directory is formatted at the first start and kept.
 *
 * <p>States: started by the constructor's end, stopped by {@link #close()}; both by the same owner.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final int NODE = 1;

    private final KafkaRaftServer server;
    private final String bootstrapServers;

    private EmbeddedBroker(KafkaRaftServer server, String bootstrapServers) {
        this.server = server;
        this.bootstrapServers = bootstrapServers;
    }

    /**
     * Starts a broker and waits until it serves.
     *
     * @param directory the log directory, created if missing
     * @param port the port to listen on, or 0 for a free one
     */
    public static EmbeddedBroker start(Path directory, int port) {
        int listener = port == 0 ? freePort() : port;
        int controller = freePort();
        Map<String, String> settings = settings(directory, listener, controller);
        format(directory);
        KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(settings, false), Time.SYSTEM);
        server.startup();
        return new EmbeddedBroker(server, "127.0.0.1:" + listener);
    }

    public String bootstrapServers() {
        return bootstrapServers;
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
    }

    /**
     * Runs a broker until SIGTERM.
     *
     * @param arguments log directory and port
     */
    public static void main(String[] arguments) {
        if (arguments.length != 2) {
            System.err.println("usage: EmbeddedBroker DIRECTORY PORT");
            System.exit(2);
        }
        EmbeddedBroker broker = start(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
        Runtime.getRuntime().addShutdownHook(new Thread(broker::close, "broker-shutdown"));
        broker.server.awaitShutdown();
    }

    private static Map<String, String> settings(Path directory, int listener, int controller) {
        Map<String, String> settings = new HashMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", String.valueOf(NODE));
        settings.put("controller.quorum.voters", NODE + "@127.0.0.1:" + controller);
        settings.put("listeners", "BROKER://127.0.0.1:" + listener + ",CONTROLLER://127.0.0.1:" + controller);
        settings.put("advertised.listeners", "BROKER://127.0.0.1:" + listener);
        settings.put("listener.security.protocol.map", "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "BROKER");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("log.dirs", directory.toAbsolutePath().toString());
        settings.put("auto.create.topics.enable", "false");
        settings.put("num.partitions", "1");
        settings.put("default.replication.factor", "1");
        settings.put("min.insync.replicas", "1");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "1");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "1");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("share.coordinator.state.topic.num.partitions", "1");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("log.cleaner.dedupe.buffer.size", "4194304");
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "4");
        settings.put("background.threads", "2");
        settings.put("group.coordinator.threads", "1");
        settings.put("message.max.bytes", "16777216");
        settings.put("replica.fetch.max.bytes", "16777216");
        settings.put("transaction.max.timeout.ms", "900000");
        // A broken or killed producer's open transaction blocks read_committed readers until it times out.
        settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
        // One machine's disk has an end: topics that are deleted by age go earlier when a partition is this large.
        settings.put("log.retention.bytes", Long.toString(1L << 30));
        settings.put("log.segment.bytes", Integer.toString(1 << 27));
        settings.put("log.retention.check.interval.ms", "30000");
        settings.put("log.segment.delete.delay.ms", "5000");
        return settings;
    }

    private static void format(Path directory) {
        if (Files.exists(directory.resolve("meta.properties"))) {
            return;
        }
        try {
            Files.createDirectories(directory);
            new Formatter()
                    .setPrintStream(new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                    .setNodeId(NODE)
                    .setClusterId(Uuid.randomUuid().toString())
                    .setControllerListenerName("CONTROLLER")
                    .setMetadataLogDirectory(directory.toAbsolutePath().toString())
                    .setDirectories(List.of(directory.toAbsolutePath().toString()))
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setIgnoreFormatted(true)
                    .run();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot create the broker's directory " + directory, e);
        } catch (Exception e) {
            throw new IllegalStateException("Cannot format the broker's directory " + directory, e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("No free port on loopback", e);
        }
    }
}
