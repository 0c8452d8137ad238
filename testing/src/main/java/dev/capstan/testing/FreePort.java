package dev.capstan.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports for processes that must be told theirs. */
public final class FreePort {
    private FreePort() {}

    /**
     * A port of loopback that nobody listens on now.
     *
     * @throws UncheckedIOException if there is none
     */
    public static int find() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("No port of loopback is free", e);
        }
    }
}
