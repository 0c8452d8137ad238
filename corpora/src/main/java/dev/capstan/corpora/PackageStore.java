package dev.capstan.corpora;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Fetches packages by npm and keeps what is wanted of them, one zip a package. A zip appears under its name only when
 * it is complete, so that a fetch that was broken off leaves nothing that looks whole. One thread and one process at a
 * time on a directory.
 */
final class PackageStore {

    private static final String PARTIAL = ".part";
    private static final String FETCHING = "fetching-";
    private static final String ROOT = "package/";
    private static final Duration FETCH_LIMIT = Duration.ofMinutes(15);

    private final Path directory;
    private final CommandRunner commands;
    private final Consumer<String> progress;

    PackageStore(Path directory, CommandRunner commands, Consumer<String> progress) {
        this.directory = directory;
        this.commands = commands;
        this.progress = progress;
    }

    /** Removes what a process that was killed left behind. */
    void removeLeftovers() throws IOException {
        List<Path> leftovers;
        try (Stream<Path> entries = Files.list(directory)) {
            leftovers = entries.filter(PackageStore::isLeftover).toList();
        }
        for (Path leftover : leftovers) {
            deleteTree(leftover);
        }
    }

    /**
     * The wanted files of a package by their paths within it; fetched unless a whole copy is here.
     *
     * @throws FetchException if it cannot be had, with a message for the user
     */
    Map<String, byte[]> files(NpmPackage npmPackage) throws IOException {
        Path kept = directory.resolve(npmPackage.fileName());
        Optional<Map<String, byte[]>> whole = read(kept);
        if (whole.isPresent()) {
            return whole.get();
        }
        fetch(npmPackage, kept);
        return read(kept)
                .orElseThrow(
                        () -> new IOException(kept + " cannot be read right after it was written: check the disk"));
    }

    private Optional<Map<String, byte[]>> read(Path kept) {
        if (!Files.exists(kept)) {
            return Optional.empty();
        }
        Map<String, byte[]> files = new TreeMap<>();
        try (ZipFile zip = new ZipFile(kept.toFile())) {
            for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().map(ZipEntry.class::cast)::iterator) {
                try (InputStream content = zip.getInputStream(entry)) {
                    files.put(entry.getName(), content.readAllBytes());
                }
            }
        } catch (IOException e) {
            progress.accept(kept.getFileName() + " is damaged (" + e.getMessage() + "): fetching it again");
            return Optional.empty();
        }
        return Optional.of(files);
    }

    private void fetch(NpmPackage npmPackage, Path kept) throws IOException {
        progress.accept("fetching " + npmPackage.specifier() + " (" + npmPackage.megabytes() + " MB)");
        Path workplace = Files.createTempDirectory(directory, FETCHING);
        try {
            Path archive = pack(npmPackage, workplace);
            verify(npmPackage, archive);
            keepWanted(npmPackage, archive, kept);
        } finally {
            deleteTree(workplace);
        }
    }

    private Path pack(NpmPackage npmPackage, Path workplace) throws IOException {
        List<String> command = List.of(
                npmCommand(),
                "pack",
                npmPackage.specifier(),
                "--silent",
                "--ignore-scripts",
                "--pack-destination",
                workplace.toAbsolutePath().toString());
        CommandRunner.Finished finished;
        try {
            finished = commands.run(command, workplace, FETCH_LIMIT);
        } catch (IOException e) {
            throw new FetchException(
                    "npm cannot be started (" + e.getMessage() + "): install Node.js with npm and run again", e);
        }
        if (finished.exitCode() != 0) {
            throw new FetchException("npm could not fetch " + npmPackage.specifier() + " (exit code "
                    + finished.exitCode() + ": " + lastLine(finished.output())
                    + "): check the network and the registry that npm is configured with, and run again");
        }
        try (Stream<Path> results = Files.list(workplace)) {
            return results.filter(path -> path.toString().endsWith(".tgz"))
                    .findFirst()
                    .orElseThrow(() -> new FetchException("npm reported success but left no archive of "
                            + npmPackage.specifier() + ": update npm and run again"));
        }
    }

    private static void verify(NpmPackage npmPackage, Path archive) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-512");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-512", e);
        }
        try (InputStream input = Files.newInputStream(archive)) {
            byte[] buffer = new byte[1 << 16];
            for (int length = input.read(buffer); length >= 0; length = input.read(buffer)) {
                digest.update(buffer, 0, length);
            }
        }
        String actual = NpmPackage.INTEGRITY_ALGORITHM + Base64.getEncoder().encodeToString(digest.digest());
        if (!actual.equals(npmPackage.integrity())) {
            throw new FetchException(npmPackage.specifier() + " arrived with another content than was published ("
                    + Files.size(archive) + " bytes, " + actual
                    + "): run again; if it stays so, run 'npm cache clean --force' and check the registry that npm is"
                    + " configured with");
        }
    }

    private void keepWanted(NpmPackage npmPackage, Path archive, Path kept) throws IOException {
        Path partial = directory.resolve(npmPackage.fileName() + PARTIAL);
        try (InputStream input =
                        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(archive), 1 << 16), 1 << 16);
                OutputStream output = Files.newOutputStream(partial);
                ZipOutputStream zip = new ZipOutputStream(output)) {
            zip.setLevel(Deflater.BEST_SPEED);
            TarReader tar = new TarReader(input);
            for (Optional<String> path = tar.nextFile(); path.isPresent(); path = tar.nextFile()) {
                String inPackage = path.get().startsWith(ROOT) ? path.get().substring(ROOT.length()) : path.get();
                if (npmPackage.wanted().test(inPackage)) {
                    zip.putNextEntry(new ZipEntry(inPackage));
                    zip.write(tar.read());
                    zip.closeEntry();
                }
            }
        }
        Files.move(partial, kept, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String npmCommand() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows") ? "npm.cmd" : "npm";
    }

    private static String lastLine(String output) {
        List<String> lines = output.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        return lines.isEmpty() ? "no output" : lines.get(lines.size() - 1);
    }

    private static boolean isLeftover(Path path) {
        String name = String.valueOf(path.getFileName());
        return name.startsWith(FETCHING) || name.endsWith(PARTIAL);
    }

    private static void deleteTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                    throws IOException {
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** A package cannot be had. The message says why and what to do. */
    static final class FetchException extends IOException {

        private final String reason;

        FetchException(String reason) {
            super(reason);
            this.reason = reason;
        }

        FetchException(String reason, Throwable cause) {
            super(reason, cause);
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }
}
