package dev.capstan.local.stack;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The directory {@code .capstan}: one directory for each run, the state of the running stack, and the lock that lets one
 * stack run at a time.
 *
 * @param directory the directory; made when first needed
 */
public record StackHome(Path directory) {
    /** A run of the demo writes some hundred megabytes of topics. */
    private static final long LEAST_FREE_BYTES = 1_500_000_000L;

    private static final String HOME_VARIABLE = "CAPSTAN_HOME";
    private static final String HOME_PROPERTY = "capstan.home";

    /** {@code CAPSTAN_HOME}, or what the launcher says, or {@code .capstan} in the working directory. */
    public static StackHome locate() {
        String home = Optional.ofNullable(System.getenv(HOME_VARIABLE))
                .orElseGet(() -> System.getProperty(HOME_PROPERTY, ".capstan"));
        return new StackHome(Path.of(home).toAbsolutePath().normalize());
    }

    /** Where the running stack describes itself. */
    public Path stateFile() {
        return directory.resolve("state.json");
    }

    /** The directory of a run. */
    public Path run(String name) {
        return directory.resolve(name);
    }

    /** The first of NAME-1, NAME-2, ... that no run has. */
    public String freeName(String name) {
        int number = 1;
        while (Files.exists(run(name + "-" + number))) {
            number++;
        }
        return name + "-" + number;
    }

    /** The stack that runs now, if one does. */
    public Optional<StackState> runningStack() {
        return StackState.read(stateFile()).filter(state -> state.supervisor().isPresent());
    }

    /**
     * Takes the right to run a stack, until the lock is closed or the process ends.
     *
     * @throws StackException if a stack runs already, or the directory cannot be used
     */
    public Lock lock() {
        try {
            Files.createDirectories(directory);
            FileChannel channel =
                    FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                throw new StackException("A stack runs already in " + directory
                        + runningStack()
                                .map(state -> " (" + state.name() + ", process " + state.supervisorPid() + ")")
                                .orElse("")
                        + ": end it with ./capstan down, or set CAPSTAN_HOME to run a second one");
            }
            return channel::close;
        } catch (IOException e) {
            throw new StackException("The directory " + directory + " cannot be used: " + e, e);
        }
    }

    /**
     * Checks that a run will fit on the disk.
     *
     * @throws StackException if the disk has too little room for a run
     */
    public void requireRoom() {
        try {
            Files.createDirectories(directory);
            FileStore store = Files.getFileStore(directory);
            long free = store.getUsableSpace();
            if (free < LEAST_FREE_BYTES) {
                throw new StackException("The disk is nearly full: " + directory + " has " + free / 1_000_000
                        + " MB left and a run needs about " + LEAST_FREE_BYTES / 1_000_000
                        + " MB. Free some, or set CAPSTAN_HOME to a directory on another disk");
            }
        } catch (IOException e) {
            throw new StackException("The directory " + directory + " cannot be used: " + e, e);
        }
    }

    /** Deletes a run's directory. */
    public void delete(String name) {
        Path run = run(name);
        if (!run.normalize().startsWith(directory) || run.equals(directory)) {
            throw new IllegalArgumentException("not a run of " + directory + ": " + name);
        }
        if (!Files.exists(run)) {
            return;
        }
        try (Stream<Path> files = Files.walk(run)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new StackException("The run " + run + " cannot be deleted: " + e, e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    /** The right to run a stack. */
    @FunctionalInterface
    public interface Lock extends AutoCloseable {
        @Override
        void close() throws IOException;
    }
}
