package dev.capstan.local.command;

/** A command cannot do what it was asked; the message goes to the person, the code to the shell. */
final class CommandException extends RuntimeException {
    private final int exitCode;

    CommandException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
