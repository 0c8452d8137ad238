package dev.capstan.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ServiceMainTest {
    /** A service that ends before it is closed, as one does whose threads have work to finish. */
    public static final class SlowlyClosingMain {
        private SlowlyClosingMain() {}

        public static void main(String[] arguments) {
            ServiceMain.run("slow", arguments, (given, environment, registry, tracing) -> new SlowlyClosing());
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
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SlowlyClosingMain.class.getName())
                .redirectErrorStream(true)
                .start();

        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output).contains("closed to the end");
        assertThat(process.exitValue()).isZero();
    }
}
