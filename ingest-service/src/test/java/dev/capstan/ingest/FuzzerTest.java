package dev.capstan.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Jazzer on each target for a bounded time, in a process of its own with a heap of 256 MiB: a crash, an input that takes
 * more than 40 seconds, or memory beyond the bound is a failure, and the input lies in {@code target}. Runs only with {@code -Dfuzz=SECONDS}.
 */
@Tag("fuzz")
class FuzzerTest {
    private static final int SECONDS = Integer.getInteger("capstan.fuzz.seconds", 300);
    private static final long SECONDS_TO_START_AND_END = 300;
    private static final String INSTRUMENTED =
            "dev.capstan.ingest.**:dev.capstan.platform.images.**:dev.capstan.schemas.*:org.yaml.snakeyaml.**:com.twelvemonkeys.**";

    @TempDir
    private Path corpus;

    static List<Arguments> targets() {
        return List.of(
                argumentSet("files", FuzzTargets.Files.class, FuzzTargets.images()),
                argumentSet("texts", FuzzTargets.Texts.class, FuzzTargets.texts()),
                argumentSet("policies", FuzzTargets.Policies.class, FuzzTargets.policies()),
                argumentSet("records", FuzzTargets.RecordValues.class, FuzzTargets.records()));
    }

    @ParameterizedTest
    @MethodSource("targets")
    void shouldFindNoInputThatCrashesHangsOrFillsTheMemory(Class<?> target, Stream<byte[]> seeds) throws Exception {
        write(seeds);
        Path log = Path.of("target", "fuzz-" + target.getSimpleName() + ".log").toAbsolutePath();

        Process fuzzer = start(target, log);
        boolean ended = fuzzer.waitFor(SECONDS + SECONDS_TO_START_AND_END, TimeUnit.SECONDS);
        fuzzer.destroyForcibly().waitFor();

        assertThat(ended).as("see %s", log).isTrue();
        assertThat(fuzzer.exitValue()).as("see %s", log).isZero();
    }

    private void write(Stream<byte[]> seeds) throws IOException {
        int number = 0;
        for (byte[] seed : seeds.toList()) {
            Files.write(corpus.resolve("seed-" + number++), seed);
        }
    }

    private Process start(Class<?> target, Path log) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.awt.headless=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "com.code_intelligence.jazzer.Jazzer",
                        "--target_class=" + target.getName(),
                        "--instrumentation_includes=" + INSTRUMENTED,
                        "--reproducer_path=" + log.getParent(),
                        "-artifact_prefix=" + log.getParent() + "/fuzz-",
                        "-max_total_time=" + SECONDS,
                        "-timeout=40",
                        "-rss_limit_mb=1024",
                        "-max_len=65536",
                        corpus.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }
}
