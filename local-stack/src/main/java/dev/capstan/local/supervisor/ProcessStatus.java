package dev.capstan.local.supervisor;

import java.util.OptionalLong;

/**
 * A snapshot of one child process.
 *
 * @param name its name
 * @param state where it stands
 * @param pid its process id while it runs
 * @param restarts how often it was launched again
 * @param detail what it waits for or died of, empty when there is nothing to say
 */
public record ProcessStatus(String name, ProcessState state, OptionalLong pid, int restarts, String detail) {}
