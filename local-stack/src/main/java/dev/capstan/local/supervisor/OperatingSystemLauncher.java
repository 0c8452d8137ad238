package dev.capstan.local.supervisor;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Launches real processes. Standard input is a pipe that stays open as long as this JVM lives (see {@link ParentWatch});
 * output is appended to the log.
 *
 * <p>Where there is a POSIX shell, the child ignores SIGINT and SIGHUP: a terminal sends Ctrl-C to the whole process group,
 * and the order of the stop is the supervisor's to decide.
 */
public final class OperatingSystemLauncher implements ProcessLauncher {
    private static final boolean WINDOWS = File.separatorChar == '\\';

    @Override
    public RunningProcess launch(ProcessSpec spec) throws IOException {
        Files.createDirectories(spec.log().toAbsolutePath().getParent());
        ProcessBuilder builder = new ProcessBuilder(shielded(spec.command()));
        builder.environment().putAll(spec.environment());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()));
        return new Running(builder.start());
    }

    /** The command behind a shell that has terminal signals ignored; the shell is replaced and the process id stays. */
    public static List<String> shielded(List<String> command) {
        if (WINDOWS) {
            return command;
        }
        List<String> shielded = new ArrayList<>(List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh"));
        shielded.addAll(command);
        return shielded;
    }

    private record Running(Process process) implements RunningProcess {
        @Override
        public long pid() {
            return process.pid();
        }

        @Override
        public OptionalInt exitStatus() {
            return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
        }

        @Override
        public void terminate() {
            // Not Process.destroy: it closes the pipe too, which tells the child that its parent is gone.
            process.toHandle().destroy();
        }

        @Override
        public void kill() {
            process.toHandle().destroyForcibly();
        }
    }
}
