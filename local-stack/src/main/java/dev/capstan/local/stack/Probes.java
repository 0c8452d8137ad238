package dev.capstan.local.stack;

import dev.capstan.local.supervisor.Health;
import dev.capstan.local.supervisor.HealthProbe;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Health probes of the stack's processes. */
public final class Probes {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private Probes() {}

    /** Ready when a GET answers 200. */
    public static HealthProbe http(HttpClient client, URI address) {
        HttpRequest request = HttpRequest.newBuilder(address).timeout(TIMEOUT).build();
        return () -> {
            try {
                int status = client.send(request, HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                return status == 200 ? Health.ok() : Health.notYet("is not ready yet");
            } catch (ConnectException e) {
                return Health.notYet("does not listen yet");
            } catch (IOException e) {
                return Health.notYet("does not answer: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return Health.notYet("was not asked to the end");
            }
        };
    }

    /** Ready when a connection is accepted. */
    public static HealthProbe tcp(InetSocketAddress address) {
        return () -> {
            try (Socket socket = new Socket()) {
                socket.connect(address, (int) TIMEOUT.toMillis());
                return Health.ok();
            } catch (IOException e) {
                return Health.notYet("does not listen yet");
            }
        };
    }
}
