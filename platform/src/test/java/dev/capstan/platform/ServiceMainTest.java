package dev.capstan.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ServiceMainTest {
    /** A service that ends before it is closed, as one does whose threads have work to finish. */
    public static final class SlowlyClosingMain {
        private SlowlyClosingMain() {}

        public static void main(String[] arguments) {
            ServiceMain.run("slow", arguments, (given, environment, registry, tracing) -> new SlowlyClosing());
        }
    }

    /** A service that ends at once, and tells before what its process exports. */
    public static final class ScrapedMain {
        private ScrapedMain() {}

        public static void main(String[] arguments) {
            ServiceMain.run("scraped", arguments, (given, environment, registry, tracing) -> {
                System.out.println(registry.scrape());
                return new FixedService(true, true);
            });
        }
    }

    private static final class SlowlyClosing implements Service {
        private final CountDownLatch ended = new CountDownLatch(1);
        private final Thread main = Thread.currentThread();

        @Override
        public void start() {}

        @Override
        public int awaitTermination() throws InterruptedException {
            new Thread(() -> System.exit(143)).start();
            ended.await();
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
        public void close() {
            ended.countDown();
            while (main.getState() != Thread.State.BLOCKED) {
                Thread.onSpinWait();
            }
            System.out.println("closed to the end");
        }
    }

    @Test
    void shouldEndWithTheServicesOwnCodeOnceItIsClosed() throws Exception {
        Process process = run(SlowlyClosingMain.class);

        assertThat(output(process)).contains("closed to the end");
        assertThat(process.exitValue()).isZero();
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "resident memory is read from /proc")
    void shouldExportTheMemoryOfTheProcessUnderTheServicesName() throws Exception {
        Process process = run(ScrapedMain.class);

        assertThat(output(process).lines())
                .anyMatch(line -> line.matches("process_resident_memory_bytes\\{service=\"scraped\"} [1-9].*"))
                .anyMatch(line -> line.matches("jvm_memory_committed_bytes\\{.*service=\"scraped\".*} [1-9].*"));
        assertThat(process.exitValue()).isZero();
    }

    private static Process run(Class<?> main) throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName())
                .redirectErrorStream(true)
                .start();
    }

    /** What it prints until it has ended. */
    private static String output(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
