package dev.capstan.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ServiceLoggingTest {
    /** A service that logs and ends. */
    public static final class TalkingMain {
        private TalkingMain() {}

        public static void main(String[] arguments) {
            ServiceMain.run("talker", arguments, (given, environment, registry, tracing) -> new Talker());
        }
    }

    private static final class Talker implements Service {
        private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(Talker.class);

        @Override
        public void start() {
            LOG.debug("partition={} looked at", 3);
            LOG.info("partition={} taken", 3);
        }

        @Override
        public int awaitTermination() {
            return 0;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public boolean isLive() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void shouldLogAtInfoToTheConsole() throws Exception {
        LoggerContext context = configured(Map.of());

        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        assertThat(root.getLevel()).isEqualTo(Level.INFO);
        assertThat(root.getAppender("OUT")).isInstanceOf(ConsoleAppender.class);
        assertThat(context.getLogger("org.apache.kafka.clients.consumer.ConsumerConfig")
                        .isInfoEnabled())
                .isFalse();
    }

    @Test
    void shouldTakeTheLevelFromTheEnvironment() throws Exception {
        LoggerContext context = configured(Map.of("CAPSTAN_LOG_LEVEL", "WARN"));

        assertThat(context.getLogger("dev.capstan.trainer").getEffectiveLevel()).isEqualTo(Level.WARN);
    }

    @Test
    void shouldWriteOneLineWithFixedKeys() throws Exception {
        LoggerContext context = configured(Map.of());
        LoggingEvent event = new LoggingEvent(
                "",
                context.getLogger("dev.capstan.Loop"),
                Level.ERROR,
                "topic=pairs.crawled said \"no\" to\r\n  C:\\x",
                null,
                null);
        event.setInstant(Instant.parse("2026-01-02T03:04:05.006Z"));
        event.setThreadName("main loop");

        String line = line(context, event);

        assertThat(line)
                .isEqualTo("time=2026-01-02T03:04:05.006Z level=ERROR logger=dev.capstan.Loop thread=\"main loop\" "
                        + "message=\"topic=pairs.crawled said \\\"no\\\" to | C:\\\\x\" error=\"\""
                        + System.lineSeparator());
    }

    @Test
    void shouldKeepAStackTraceOnTheLineOfItsEvent() throws Exception {
        LoggerContext context = configured(Map.of());
        LoggingEvent event = new LoggingEvent(
                "",
                context.getLogger("dev.capstan.Loop"),
                Level.ERROR,
                "failed",
                new IllegalStateException("broker \"b-1\"", new IOException("gone")),
                null);

        String line = line(context, event);

        assertThat(line.lines()).hasSize(1);
        assertThat(line)
                .contains("message=\"failed\" error=\"java.lang.IllegalStateException: broker \\\"b-1\\\" | at ")
                .contains(" | Caused by: java.io.IOException: gone | ");
    }

    @Test
    void shouldRefuseALevelThatIsNone() {
        assertThatThrownBy(() -> ServiceLogging.requireLevel(Map.of("CAPSTAN_LOG_LEVEL", "LOUD")))
                .isInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("CAPSTAN_LOG_LEVEL is \"LOUD\": give ERROR");
        assertThatCode(() -> ServiceLogging.requireLevel(Map.of("CAPSTAN_LOG_LEVEL", "debug")))
                .doesNotThrowAnyException();
        assertThatCode(() -> ServiceLogging.requireLevel(Map.of())).doesNotThrowAnyException();
    }

    @Test
    void shouldLogAtInfoWhereNobodyChoseAConfiguration(@TempDir Path directory) throws Exception {
        String output = runTalker(directory, List.of());

        assertThat(output.lines())
                .allMatch(line -> line.startsWith("time="))
                .anyMatch(line -> line.contains("level=INFO") && line.contains("message=\"partition=3 taken\""))
                .anyMatch(line -> line.contains("message=\"service=talker stopped exitCode=0\""))
                .noneMatch(line -> line.contains("looked at"));
    }

    @Test
    void shouldLeaveAConfigurationThatWasChosen(@TempDir Path directory) throws Exception {
        Path own = Files.writeString(directory.resolve("own.xml"), """
                <configuration>
                  <appender name="OWN" class="ch.qos.logback.core.ConsoleAppender">
                    <encoder><pattern>own %msg%n</pattern></encoder>
                  </appender>
                  <root level="DEBUG"><appender-ref ref="OWN"/></root>
                </configuration>
                """);

        String output = runTalker(directory, List.of("-Dlogback.configurationFile=" + own));

        assertThat(output.lines()).contains("own partition=3 looked at");
    }

    private static LoggerContext configured(Map<String, String> variables) throws JoranException {
        LoggerContext context = new LoggerContext();
        variables.forEach(context::putProperty);
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(ServiceLogging.class.getClassLoader().getResource(ServiceLogging.CONFIGURATION));
        return context;
    }

    private static String line(LoggerContext context, LoggingEvent event) {
        ConsoleAppender<ILoggingEvent> appender = (ConsoleAppender<ILoggingEvent>)
                context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender("OUT");
        PatternLayoutEncoder encoder = (PatternLayoutEncoder) appender.getEncoder();
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    /** Runs the service in a JVM whose class path is a service's: without the tests' own logback-test.xml. */
    private static String runTalker(Path directory, List<String> flags) throws Exception {
        Path testClasses = testClasses();
        Path copy = directory.resolve("classes");
        String packagePath = ServiceLoggingTest.class.getPackageName().replace('.', '/');
        Files.createDirectories(copy.resolve(packagePath));
        for (Class<?> needed : List.of(TalkingMain.class, Talker.class, ServiceLoggingTest.class)) {
            String file = packagePath + "/"
                    + needed.getName().substring(needed.getPackageName().length() + 1) + ".class";
            Files.copy(testClasses.resolve(file), copy.resolve(file));
        }
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).equals(testClasses))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                copy + File.pathSeparator + classPath));
        command.addAll(flags);
        command.add(TalkingMain.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("CAPSTAN_"));
        Process process = builder.start();
        try (InputStream output = process.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isZero();
            return text;
        }
    }

    private static Path testClasses() throws URISyntaxException {
        return Path.of(ServiceLoggingTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }
}
