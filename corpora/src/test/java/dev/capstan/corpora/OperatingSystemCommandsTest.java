package dev.capstan.corpora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperatingSystemCommandsTest {

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private final OperatingSystemCommands commands = new OperatingSystemCommands();

    @TempDir
    Path directory;

    @Test
    void shouldGiveExitCodeAndOutput() throws IOException {
        CommandRunner.Finished version = commands.run(List.of(JAVA, "-version"), directory, Duration.ofMinutes(1));
        CommandRunner.Finished wrong = commands.run(List.of(JAVA, "-wrong"), directory, Duration.ofMinutes(1));

        assertThat(version.exitCode()).isZero();
        assertThat(version.output()).contains("version");
        assertThat(wrong.exitCode()).isEqualTo(1);
        assertThat(wrong.output()).contains("-wrong");
    }

    @Test
    void shouldKillWhatTakesTooLong() throws IOException {
        List<String> waiting =
                List.of(JAVA, "-cp", System.getProperty("java.class.path"), WaitsForInput.class.getName());

        CommandRunner.Finished finished = commands.run(waiting, directory, Duration.ofMillis(200));

        assertThat(finished.exitCode()).isEqualTo(124);
        assertThat(finished.output()).contains("longer than PT0.2S");
    }

    @Test
    void shouldFailToStartWhatIsNotInstalled() {
        assertThatThrownBy(() -> commands.run(List.of("no-such-command-here"), directory, Duration.ofMinutes(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no-such-command-here");
    }

    /** Never ends by itself: nobody writes to its input. */
    static final class WaitsForInput {

        private WaitsForInput() {}

        public static void main(String[] arguments) throws IOException {
            System.exit(System.in.read());
        }
    }
}
