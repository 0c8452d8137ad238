package dev.capstan.local.supervisor;

import java.io.IOException;

/** Starts operating system processes; a fake in tests. */
@FunctionalInterface
public interface ProcessLauncher {
    /** Starts the process. */
    RunningProcess launch(ProcessSpec spec) throws IOException;
}
