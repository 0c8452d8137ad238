package dev.capstan.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Service processes that a benchmark starts against one cluster, with what they cost. None outlives the benchmark. Linux
 * only: processor time and memory come from /proc. Their logs lie in a temporary directory.
 */
final class Instances implements AutoCloseable {
    private static final double CLOCK_TICKS_PER_SECOND = 100;

    private final String bootstrapServers;
    private final String registry;
    private final Path directory;
    private final List<Process> started = Collections.synchronizedList(new ArrayList<>());

    Instances(String bootstrapServers, String registry) throws IOException {
        this.bootstrapServers = bootstrapServers;
        this.registry = registry;
        this.directory = Files.createTempDirectory("capstan-ingest-benchmark");
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
    }

    /** Where logs and state lie. */
    Path directory() {
        return directory;
    }

    /** Starts a process from this one's class path with a heap of so many MiB. */
    Process start(Class<?> main, int heapMebibytes, Map<String, String> environment) throws IOException {
        String name = main.getSimpleName() + "-" + started.size();
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heapMebibytes + "m",
                "-XX:+UseSerialGC",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName());
        Map<String, String> variables = new HashMap<>(environment);
        variables.put("CAPSTAN_BOOTSTRAP_SERVERS", bootstrapServers);
        variables.put("CAPSTAN_REGISTRY", registry);
        builder.environment().putAll(variables);
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".log").toFile())
                .start();
        started.add(process);
        return process;
    }

    /** Kills all, and returns when they have ended. */
    @Override
    public void close() {
        for (Process process : List.copyOf(started)) {
            process.destroyForcibly().onExit().join();
        }
    }

    /** Processor time of a process since it began, in seconds. */
    static double processorSeconds(long pid) throws IOException {
        String[] words = words(Path.of("/proc", Long.toString(pid), "stat"));
        return seconds(words[11], words[12]);
    }

    /** Processor time of this process's children that have ended and of all that they waited for, in seconds. */
    static double processorSecondsOfEnded() throws IOException {
        String[] words = words(Path.of("/proc", "self", "stat"));
        return seconds(words[13], words[14]);
    }

    static long residentMebibytes(Process process) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElseThrow();
    }

    /** The machine's load average over the last minute. */
    static String load() throws IOException {
        String text = Files.readString(Path.of("/proc/loadavg"));
        return text.substring(0, text.indexOf(' '));
    }

    private static String[] words(Path stat) throws IOException {
        String text = Files.readString(stat);
        // The name in brackets may hold blanks; user and system time are the 12th and 13th word after it.
        return text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
    }

    private static double seconds(String user, String system) {
        return (Long.parseLong(user) + Long.parseLong(system)) / CLOCK_TICKS_PER_SECOND;
    }
}
