package dev.capstan.local.supervisor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One child process as it should run.
 *
 * @param name name in messages, of the log file and in the state file
 * @param command program and arguments
 * @param environment variables added to the supervisor's own
 * @param log file that takes standard output and standard error
 * @param startAfter names of the processes that must be ready first, and that are stopped later
 * @param health says when the process is ready
 * @param whenReady runs once each time the process becomes healthy and before it counts as ready; may block, and what it
 *     throws counts as the death of the process
 * @param startLimit longest time from launch to ready
 * @param stopLimit longest time from the request to end until it is killed
 * @param finalExits exit statuses after which it is not launched again
 */
public record ProcessSpec(
        String name,
        List<String> command,
        Map<String, String> environment,
        Path log,
        Set<String> startAfter,
        HealthProbe health,
        Runnable whenReady,
        Duration startLimit,
        Duration stopLimit,
        Map<Integer, FinalExit> finalExits) {
    public ProcessSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        startAfter = Set.copyOf(startAfter);
        finalExits = Map.copyOf(finalExits);
    }
}
