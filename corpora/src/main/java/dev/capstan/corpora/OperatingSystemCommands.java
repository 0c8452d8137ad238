package dev.capstan.corpora;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts real processes. Safe for use by several threads. */
final class OperatingSystemCommands implements CommandRunner {

    private static final int KILLED = 124;

    @Override
    public Finished run(List<String> command, Path directory, Duration limit) throws IOException {
        // A file takes any amount of output without a thread that reads it.
        Path output = Files.createTempFile("capstan-command", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            int exitCode = await(process, limit);
            String note = exitCode == KILLED ? "\nkilled: it took longer than " + limit : "";
            return new Finished(exitCode, Files.readString(output, StandardCharsets.UTF_8) + note);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static int await(Process process, Duration limit) {
        try {
            if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                return process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        return KILLED;
    }
}
