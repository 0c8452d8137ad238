package dev.capstan.corpora;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Runs a command of the operating system to its end. */
public interface CommandRunner {

    /**
     * Runs a command. It is killed if it takes longer than the limit, or if the calling thread is interrupted.
     *
     * @param directory where it runs
     * @throws IOException if it cannot be started, for example because it is not installed
     */
    Finished run(List<String> command, Path directory, Duration limit) throws IOException;

    /**
     * How a command ended.
     *
     * @param exitCode 0 for success
     * @param output what it wrote, both streams
     */
    record Finished(int exitCode, String output) {}
}
