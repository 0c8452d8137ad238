package dev.capstan.local;

import dev.capstan.local.command.CapstanCommand;

/** The {@code capstan} command; started by the launcher of the same name. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(CapstanCommand.run(arguments));
    }
}
