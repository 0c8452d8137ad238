package dev.capstan.local.stack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Ports on loopback. */
final class Ports {
    private Ports() {}

    /** A port that is free now. */
    static int free() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new StackException("No port of 127.0.0.1 can be opened: " + e.getMessage(), e);
        }
    }

    /**
     * The wished port, if it can be opened.
     *
     * @param wished the port, or 0 for any
     * @param purpose who needs it
     * @param option the option that chooses another
     * @throws StackException if the port is taken; names the remedy
     */
    static int require(int wished, String purpose, String option) {
        if (wished == 0) {
            return free();
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wished));
            return wished;
        } catch (IOException e) {
            throw new StackException(
                    "Port " + wished + " for the " + purpose + " is taken (" + e.getMessage()
                            + "): end the program that "
                            + "uses it, or choose another with " + option + ", or leave " + option
                            + " out for a free one",
                    e);
        }
    }
}
