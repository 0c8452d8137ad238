package dev.capstan.local.stack;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.capstan.platform.KafkaSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the running stack tells the other commands: {@code .capstan/state.json}, written whole at every change.
 *
 * @param name the run's name
 * @param directory the run's directory
 * @param supervisorPid process that started the stack and stops it
 * @param supervisorStartedAt when that process started, in ISO 8601: a process id alone may be used again
 * @param ready whether every process has been ready
 * @param bootstrapServers Kafka's address
 * @param registryUrl the registry's address
 * @param kafkaProperties further client properties
 * @param processes the child processes
 */
public record StackState(
        String name,
        String directory,
        long supervisorPid,
        String supervisorStartedAt,
        boolean ready,
        String bootstrapServers,
        String registryUrl,
        Map<String, String> kafkaProperties,
        List<Child> processes) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(2);

    /**
     * One child process.
     *
     * @param name its name
     * @param state where it stands
     * @param pid its process id, or null while it does not run
     * @param restarts how often it was started again
     * @param detail what it waits for or died of
     * @param health address of its health, or null
     * @param log its log file
     */
    public record Child(
            String name,
            String state,
            @Nullable Long pid,
            int restarts,
            String detail,
            @Nullable String health,
            String log) {}

    public StackState {
        kafkaProperties = Map.copyOf(kafkaProperties);
        processes = List.copyOf(processes);
    }

    /** Where clients find the cluster and the registry. */
    public KafkaSettings settings() {
        return new KafkaSettings(bootstrapServers, registryUrl, kafkaProperties);
    }

    /** The process that runs the stack, if it still runs. */
    public Optional<ProcessHandle> supervisor() {
        Instant started = Instant.parse(supervisorStartedAt);
        return ProcessHandle.of(supervisorPid)
                .filter(ProcessHandle::isAlive)
                .filter(handle -> handle.info()
                        .startInstant()
                        .map(instant -> Duration.between(instant, started).abs().compareTo(CLOCK_TOLERANCE) <= 0)
                        .orElse(true));
    }

    /** When this JVM started, as {@link #supervisorStartedAt} keeps it. */
    static String startOfThisProcess() {
        return ProcessHandle.current()
                .info()
                .startInstant()
                .orElseGet(Instant::now)
                .toString();
    }

    /** The state that a stack left, whether it still runs or not. */
    static Optional<StackState> read(Path file) {
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(file), StackState.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new StackException(
                    "The state file " + file + " cannot be read (" + e.getMessage() + "): delete it if no stack runs",
                    e);
        }
    }

    /** Replaces the file in one step, so that readers never see half of it. */
    void write(Path file) {
        Path temporary = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.write(temporary, JSON.writeValueAsBytes(this));
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new StackException("The state file " + file + " cannot be written: " + e, e);
        }
    }
}
