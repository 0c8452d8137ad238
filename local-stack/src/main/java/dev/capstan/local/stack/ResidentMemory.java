package dev.capstan.local.stack;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Resident memory of a process: from {@code /proc} where it exists, else from {@code ps}. */
public final class ResidentMemory {
    private static final String FIELD = "VmRSS:";
    private static final long KIBIBYTE = 1024;

    private ResidentMemory() {}

    /** Bytes of physical memory that the process holds, if the system tells. */
    public static OptionalLong ofProcess(long pid) {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        return Files.isReadable(status) ? fromProc(status) : fromPs(pid);
    }

    private static OptionalLong fromProc(Path status) {
        try {
            return Files.readAllLines(status).stream()
                    .filter(line -> line.startsWith(FIELD))
                    .mapToLong(line -> Long.parseLong(line.substring(FIELD.length())
                                    .replace("kB", "")
                                    .strip())
                            * KIBIBYTE)
                    .findFirst();
        } catch (IOException processEnded) {
            return OptionalLong.empty();
        }
    }

    private static OptionalLong fromPs(long pid) {
        try {
            Process ps = new ProcessBuilder("ps", "-o", "rss=", "-p", Long.toString(pid)).start();
            try (BufferedReader reader = ps.inputReader(StandardCharsets.US_ASCII)) {
                String line = reader.readLine();
                ps.waitFor(2, TimeUnit.SECONDS);
                return line == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(line.strip()) * KIBIBYTE);
            }
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }
}
