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

    /** A port that people know by heart if it is free now, else any that is. */
    static int preferred(int usual) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), usual));
            return usual;
        } catch (IOException e) {
            return free();
        }
    }

    /**
     * A port that a variable gives.
     *
     * @throws StackException if it is none
     */
    static int parse(String variable, String value) {
        if (!value.matches("\\d{1,5}") || Integer.parseInt(value) < 1 || Integer.parseInt(value) > 65_535) {
            throw new StackException(variable + " is \"" + value + "\": give a port from 1 to 65535", null);
        }
        return Integer.parseInt(value);
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
