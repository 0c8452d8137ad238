package dev.capstan.local.demo;

/** The demo cannot go on; the message says why and what to do. */
public final class DemoException extends RuntimeException {
    DemoException(String message) {
        super(message);
    }
}
