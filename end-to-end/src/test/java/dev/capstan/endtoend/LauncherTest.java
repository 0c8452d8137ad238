package dev.capstan.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the launcher says where something that it needs is missing or broken. It runs in a project of its own, with a PATH
 * that holds only what a test puts there.
 */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final List<String> TOOLS = List.of(
            "awk",
            "cat",
            "cut",
            "date",
            "df",
            "dirname",
            "find",
            "grep",
            "head",
            "kill",
            "ls",
            "mkdir",
            "mv",
            "readlink",
            "rm",
            "sed",
            "sh",
            "sleep",
            "sort",
            "tail",
            "touch",
            "tr");
    private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

    @TempDir
    private Path directory;

    private Path project;
    private Path bin;

    private record Ended(int exitCode, String output) {}

    @BeforeEach
    void makeProject() throws IOException {
        project = directory.resolve("project");
        bin = Files.createDirectories(directory.resolve("bin"));
        Files.createDirectories(project.resolve("local-stack/src/main"));
        Files.writeString(project.resolve("pom.xml"), "<project/>");
        Path launcher = project.resolve("capstan");
        Files.copy(launcherFile(), launcher);
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String tool : TOOLS) {
            Optional<Path> found = onPath(tool);
            if (found.isPresent()) {
                Files.createSymbolicLink(bin.resolve(tool), found.get());
            }
        }
    }

    @Test
    void shouldNameWhatToInstallWhereThereIsNoJava() {
        Ended ended = launch(Map.of());

        assertThat(ended.exitCode()).isEqualTo(70);
        assertThat(ended.output()).contains("A JDK of version 17 or newer is needed", "Install one", "JAVA_HOME");
    }

    @Test
    void shouldNameTheJavaThatIsTooOld() {
        Path old = javaHome("11.0.2", "java", "javac");

        Ended ended = launch(Map.of("JAVA_HOME", old.toString()));

        assertThat(ended.exitCode()).isEqualTo(70);
        assertThat(ended.output()).contains(old + " (version 11)");
    }

    @Test
    void shouldSayThatAJavaWithoutACompilerCannotBuild() {
        Path runtimeOnly = javaHome("17.0.1", "java");

        Ended ended = launch(Map.of("JAVA_HOME", runtimeOnly.toString()));

        assertThat(ended.exitCode()).isEqualTo(70);
        assertThat(ended.output()).contains("without a compiler");
    }

    @Test
    void shouldNameWhatToInstallWhereThereIsNoMaven() {
        Ended ended = launch(java());

        assertThat(ended.exitCode()).isEqualTo(71);
        assertThat(ended.output()).contains("Maven is needed", "mvn is not on the PATH");
    }

    @Test
    void shouldRefuseToBuildOnADiskThatIsNearlyFull() throws IOException {
        program("mvn", "exit 0");
        Files.delete(bin.resolve("df"));
        program("df", "printf 'Filesystem 1024-blocks Used Available Capacity Mounted\\n/dev/x 9 9 102400 99%% /\\n'");

        Ended ended = launch(java());

        assertThat(ended.exitCode()).isEqualTo(73);
        assertThat(ended.output()).contains("100 MB left");
    }

    @Test
    void shouldSayThatTheDiskIsFullWhereTheBuildRanOutOfIt() {
        program("mvn", "echo '[ERROR] x.jar: No space left on device'; exit 1");

        Ended ended = launch(java());

        assertThat(ended.exitCode()).isEqualTo(73);
        assertThat(ended.output()).contains("The disk is full");
    }

    @Test
    void shouldNameTheDownloadOfWhichOnlyHalfArrived() throws IOException {
        Path half = Files.write(directory.resolve("half.jar"), new byte[] {'P', 'K', 3, 4});
        program("mvn", "echo '[ERROR] error reading " + half + "; zip END header not found'; exit 1");

        Ended ended = launch(java());

        assertThat(ended.exitCode()).isEqualTo(72);
        assertThat(ended.output()).contains(half.toString(), "Delete it and start again");
    }

    @Test
    void shouldSayThatTheNetworkFailedAndThatStartingAgainGoesOn() {
        program("mvn", "echo '[ERROR] Could not transfer artifact a:b:jar:1 from central: Connection reset'; exit 1");

        Ended ended = launch(java());

        assertThat(ended.exitCode()).isEqualTo(72);
        assertThat(ended.output()).contains("Check the network", "what was downloaded so far is kept");
    }

    @Test
    void shouldShowTheErrorsOfABuildThatFailed() {
        program("mvn", "echo '[ERROR] Thing.java:[3,4] cannot find symbol'; exit 1");

        Ended ended = launch(java());

        assertThat(ended.exitCode()).isEqualTo(72);
        assertThat(ended.output()).contains("Thing.java:[3,4] cannot find symbol", "build.log");
    }

    @Test
    void shouldBuildOnceAndNotAgainUntilASourceChanges() throws IOException {
        Path count = directory.resolve("builds");
        program("mvn", "echo x >> " + count + "; mkdir -p " + project.resolve("local-stack/target/dist/lib"));

        Ended first = launch(java());
        Ended second = launch(java());

        assertThat(first.exitCode()).isZero();
        assertThat(second.exitCode()).isZero();
        assertThat(Files.readAllLines(count)).hasSize(1);
    }

    private Map<String, String> java() {
        return Map.of("JAVA_HOME", JAVA_HOME.toString());
    }

    private Ended launch(Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(project.resolve("capstan").toString(), "build");
        Map<String, String> variables = new HashMap<>(environment);
        variables.put("PATH", bin.toString());
        variables.put("CAPSTAN_JAVA_PLACES", "");
        builder.environment().clear();
        builder.environment().putAll(variables);
        Path output = directory.resolve("output");
        builder.redirectErrorStream(true).redirectOutput(output.toFile());
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IllegalStateException("The launcher does not end: " + Files.readString(output));
            }
            return new Ended(process.exitValue(), Files.readString(output));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    private Path javaHome(String version, String... programs) {
        Path home = directory.resolve("java-" + version);
        try {
            Files.createDirectories(home.resolve("bin"));
            Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Arrays.stream(programs).forEach(program -> script(home.resolve("bin").resolve(program), "exit 0"));
        return home;
    }

    private void program(String name, String body) {
        script(bin.resolve(name), body);
    }

    private static void script(Path file, String body) {
        try {
            Files.writeString(file, "#!/bin/sh\n" + body + "\n", StandardCharsets.UTF_8);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Path> onPath(String tool) {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .map(place -> Path.of(place, tool))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The repository's launcher, from wherever the tests run. */
    private static Path launcherFile() {
        for (Path place = Path.of("").toAbsolutePath(); place != null; place = place.getParent()) {
            if (Files.isRegularFile(place.resolve("capstan")) && Files.isDirectory(place.resolve("local-stack"))) {
                return place.resolve("capstan");
            }
        }
        throw new IllegalStateException("No launcher above " + Path.of("").toAbsolutePath());
    }
}
