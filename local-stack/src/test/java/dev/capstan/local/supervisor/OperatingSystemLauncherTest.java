package dev.capstan.local.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperatingSystemLauncherTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private final List<RunningProcess> started = new ArrayList<>();

    @AfterEach
    void endAll() {
        started.forEach(RunningProcess::kill);
    }

    @Test
    void shouldEndOnSigtermWithItsOutputInTheLog() throws IOException {
        RunningProcess process = launch(List.of(java(), "-cp", classes(), Sleeper.class.getName()));
        await().atMost(LIMIT).until(() -> Files.readString(log()).contains("awake"));

        process.terminate();

        await().atMost(LIMIT).until(() -> process.exitStatus().isPresent());
        assertThat(process.exitStatus()).isEqualTo(OptionalInt.of(143));
        assertThat(Files.readString(log())).doesNotContain("supervisor is gone");
    }

    @Test
    void shouldIgnoreCtrlC() throws Exception {
        RunningProcess process = launch(List.of(java(), "-cp", classes(), Sleeper.class.getName()));
        await().atMost(LIMIT).until(() -> Files.readString(log()).contains("awake"));

        new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();

        await().during(Duration.ofMillis(500))
                .atMost(LIMIT)
                .until(() -> process.exitStatus().isEmpty());
    }

    @Test
    void shouldEndWhenTheParentIsKilled() throws IOException {
        RunningProcess parent = launch(List.of(
                java(), "-cp", classes(), Parent.class.getName(), log("child").toString()));
        await().atMost(LIMIT)
                .until(() -> Files.exists(log("child"))
                        && Files.readString(log("child")).contains("awake"));
        Optional<ProcessHandle> child = ProcessHandle.of(parent.pid())
                .flatMap(handle -> handle.children().findFirst());

        parent.kill();

        await().atMost(LIMIT).until(() -> child.isPresent() && !child.get().isAlive());
        assertThat(Files.readString(log("child"))).contains("The supervisor is gone");
    }

    private RunningProcess launch(List<String> command) throws IOException {
        RunningProcess process = new OperatingSystemLauncher().launch(spec(command, log()));
        started.add(process);
        return process;
    }

    private Path log() {
        return log("process");
    }

    private Path log(String name) {
        return directory.resolve(name + ".log");
    }

    private static ProcessSpec spec(List<String> command, Path log) {
        return new ProcessSpec("test", command, Map.of(), log, Set.of(), Health::ok, () -> {}, LIMIT, LIMIT, Map.of());
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String classes() {
        return System.getProperty("java.class.path");
    }

    /** Sleeps for ever. */
    static final class Sleeper {
        private Sleeper() {}

        public static void main(String[] arguments) throws InterruptedException {
            System.out.println("awake");
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    /** Launches a watched sleeper, then sleeps. */
    static final class Parent {
        private Parent() {}

        public static void main(String[] arguments) throws IOException, InterruptedException {
            List<String> command =
                    List.of(java(), "-cp", classes(), ParentWatch.class.getName(), Sleeper.class.getName());
            new OperatingSystemLauncher().launch(spec(command, Path.of(arguments[0])));
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
