package dev.capstan.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.capstan.local.stack.StackHome;
import dev.capstan.local.stack.StackState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the commands do without a cluster: help, mistakes, and stacks that do not run. */
class CommandLineTest {
    private static final int OK = 0;
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int NO_STACK = 3;
    private static final int TIMED_OUT = 4;

    @TempDir
    private Path home;

    private final Map<String, Optional<String>> before = new HashMap<>();

    @BeforeEach
    void pointToAnEmptyHome() {
        set("capstan.home", home.resolve("capstan-home"));
        set("capstan.root", home);
    }

    @AfterEach
    void restoreProperties() {
        before.forEach((name, value) ->
                value.ifPresentOrElse(text -> System.setProperty(name, text), () -> System.clearProperty(name)));
    }

    /** All but the help on help, which is picocli's own. */
    static Stream<String> commands() {
        return paths("", CapstanCommand.commandLine()).filter(path -> !path.endsWith("help"));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void shouldHelpWithEveryCommand(String command) {
        String[] words = (command + " --help").strip().split(" ");

        CommandRun run = CommandRun.of(words);

        assertThat(run.code()).isEqualTo(OK);
        assertThat(run.out())
                .startsWith("Usage: " + ("capstan " + command).strip())
                .contains("--help");
        assertThat(run.out()).contains("Exit codes:", "  3   No stack runs", "  5   The request was refused");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void shouldListEveryCommandOfTheReadme() {
        assertThat(CommandRun.of("--help").out().lines())
                .extracting(line -> line.strip().split(" ", -1)[0])
                .contains(
                        "demo",
                        "up",
                        "down",
                        "status",
                        "feed",
                        "classify",
                        "caption",
                        "checkpoints",
                        "rejected",
                        "takedown",
                        "replay",
                        "curate",
                        "audit",
                        "provision",
                        "base-weights");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void shouldRefuseAnUnknownOption(String command) {
        String[] words = (command + " --xyzzy").strip().split(" ");

        CommandRun run = CommandRun.of(words);

        assertThat(run.code()).isEqualTo(USAGE);
        assertThat(run.err()).contains("Usage: capstan");
    }

    @Test
    void shouldNameTheOptionThatIsUnknown() {
        assertThat(CommandRun.of("status", "--no-such-option").err()).contains("Unknown option: '--no-such-option'");
    }

    @Test
    void shouldSayItsVersion() {
        assertThat(CommandRun.of("--version").out()).startsWith("capstan ");
    }

    @Test
    void shouldAskForACommand() {
        CommandRun run = CommandRun.of();

        assertThat(run.code()).isEqualTo(USAGE);
        assertThat(run.err()).contains("Say what to do, for example: capstan demo", "Usage: capstan");
    }

    @Test
    void shouldSuggestACommandForOneThatIsUnknown() {
        CommandRun run = CommandRun.of("clasify");

        assertThat(run.code()).isEqualTo(USAGE);
        assertThat(run.err()).contains("clasify", "classify");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "checkpoints --kafka a=b",
                "checkpoints --registry http://127.0.0.1:1",
                "checkpoints --bootstrap-servers 127.0.0.1:1",
                "classify picture.png",
                "classify picture.png --labels a --label-set b",
                "classify picture.png --labels a --timeout soon",
                "caption",
                "feed",
                "feed no-such-directory",
                "caption no-such-picture.png",
                "checkpoints promote 3",
                "checkpoints rollback x --reason why",
                "up --broker-port many",
                "base-weights --stage none",
                "demo --for tomorrow"
            })
    void shouldRefuseACommandLineThatCannotBeMeant(String line) {
        CommandRun run = CommandRun.of(line.split(" "));

        assertThat(run.code()).isEqualTo(USAGE);
        assertThat(run.err()).isNotBlank();
    }

    @Test
    void shouldNameTheValueThatIsWrongAndTheRightForm() {
        assertThat(CommandRun.of("demo", "--for", "tomorrow").err()).contains("\"tomorrow\" is not a duration", "15s");
        assertThat(CommandRun.of("feed", "nowhere").err()).contains("There is no nowhere", ".jsonl");
        assertThat(CommandRun.of("checkpoints", "--registry", "http://x").err())
                .contains("both --bootstrap-servers and --registry");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"status", "checkpoints", "checkpoints promote 3 --reason why", "provision", "audit", "rejected"})
    void shouldSayHowToStartAStackWhereNoneRuns(String line) {
        CommandRun run = CommandRun.of(line.split(" "));

        assertThat(run.code()).isEqualTo(NO_STACK);
        assertThat(run.err()).contains("./capstan");
    }

    @Test
    void shouldHaveNothingToEndWhereNoStackRuns() {
        CommandRun run = CommandRun.of("down");

        assertThat(run.code()).isEqualTo(OK);
        assertThat(run.out()).contains("No stack runs in " + home.resolve("capstan-home"));
    }

    @Test
    void shouldTakeAStateWithoutItsProcessForNoStack() throws IOException {
        writeState(new StackState.Child("broker", "READY", 1L, 0, "", null, "broker.log"), "1970-01-01T00:00:00Z");

        assertThat(CommandRun.of("status").code()).isEqualTo(NO_STACK);
    }

    @Test
    void shouldShowTheProcessesWithWhatTheyDiedOf() throws IOException {
        writeState(
                new StackState.Child(
                        "trainer",
                        "ENDED",
                        null,
                        2,
                        "ended with exit status 3: another trainer of the same model has taken over",
                        null,
                        "trainer.log"),
                ownStart());

        CommandRun run = CommandRun.of("status");

        assertThat(run.code()).as("nothing answers at the broker's address").isEqualTo(TIMED_OUT);
        assertThat(run.err()).contains("is there a broker at 127.0.0.1:9092?");
        assertThat(run.out())
                .contains("demo in /somewhere (ready)", "broker   127.0.0.1:9092", "registry http://127.0.0.1:8081")
                .containsPattern("trainer +ended +- +0 MB +2  ended with exit status 3: another trainer");
    }

    @Test
    void shouldNameThePortThatIsTaken() throws IOException {
        makeDistribution();
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());

            CommandRun run = CommandRun.of("up", "--broker-port", port);

            assertThat(run.code()).isEqualTo(FAILED);
            assertThat(run.err()).contains("Port " + port + " for the broker is taken", "--broker-port");
        }
        assertThat(CommandRun.of("status").code()).isEqualTo(NO_STACK);
    }

    @Test
    void shouldNotRunTwoStacksInOneHome() throws IOException {
        makeDistribution();
        writeState(new StackState.Child("broker", "READY", 1L, 0, "", null, "broker.log"), ownStart());
        try (StackHome.Lock held = StackHome.locate().lock()) {
            CommandRun run = CommandRun.of("up");

            assertThat(held).isNotNull();
            assertThat(run.code()).isEqualTo(FAILED);
            assertThat(run.err()).contains("A stack runs already", "./capstan down", "CAPSTAN_HOME");
        }
    }

    @Test
    void shouldSayWhereBaseWeightsComeFrom() {
        CommandRun run = CommandRun.of("demo", "--shapes");

        assertThat(run.code()).isEqualTo(FAILED);
        assertThat(run.err())
                .contains(home.resolve("demo").resolve("base-model") + " are not there")
                .contains("./capstan base-weights", "--base-weights");
    }

    @Test
    void shouldSayThatTheDistributionIsNotComplete() throws IOException {
        makeDistribution();
        Files.delete(home.resolve("dist/lib/local-stack-1.jar"));

        CommandRun run = CommandRun.of("up");

        assertThat(run.code()).isEqualTo(FAILED);
        assertThat(run.err()).contains("The distribution is not complete", "local-stack-*.jar");
    }

    private void makeDistribution() throws IOException {
        for (String file :
                List.of("lib/local-stack-1.jar", "registry/apicurio-registry-app-1-runner.jar", "parent-watch.jar")) {
            Path path = home.resolve("dist").resolve(file);
            Files.createDirectories(path.getParent());
            Files.createFile(path);
        }
        set("capstan.dist", home.resolve("dist"));
    }

    private void writeState(StackState.Child process, String supervisorStart) throws IOException {
        StackState state = new StackState(
                "demo",
                "/somewhere",
                ProcessHandle.current().pid(),
                supervisorStart,
                true,
                "127.0.0.1:9092",
                "http://127.0.0.1:8081",
                Map.of(),
                List.of(process));
        Path file = home.resolve("capstan-home/state.json");
        Files.createDirectories(file.getParent());
        Files.write(file, new ObjectMapper().writeValueAsBytes(state));
    }

    private static String ownStart() {
        return ProcessHandle.current()
                .info()
                .startInstant()
                .orElseGet(Instant::now)
                .toString();
    }

    private void set(String property, Path value) {
        before.putIfAbsent(property, Optional.ofNullable(System.getProperty(property)));
        System.setProperty(property, value.toString());
    }

    private static Stream<String> paths(String prefix, CommandLine commandLine) {
        return Stream.concat(
                Stream.of(prefix),
                commandLine.getSubcommands().entrySet().stream()
                        .flatMap(entry -> paths((prefix + " " + entry.getKey()).strip(), entry.getValue())));
    }
}
