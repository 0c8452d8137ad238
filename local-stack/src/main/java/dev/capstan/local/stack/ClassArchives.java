package dev.capstan.local.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Class-data archives: each kind of process writes the classes that it loaded when it ends for the first time, and maps
 * them at every later start. The registry's start falls from 9 s to 2 s.
 *
 * <p>An archive belongs to one JVM and one set of jars; the fingerprint in its name says which. The JVM checks it too and
 * starts without it if it does not fit. An archive counts only when its process ended by itself, so that a killed process
 * leaves no half a file behind.
 *
 * <p>Used by one thread at a time.
 */
final class ClassArchives {
    private final Path directory;
    private final String fingerprint;
    private final long owner = ProcessHandle.current().pid();

    private ClassArchives(Path directory, String fingerprint) {
        this.directory = directory;
        this.fingerprint = fingerprint;
    }

    /** Archives for this distribution and this JVM; archives of other builds are deleted. */
    static ClassArchives of(Distribution distribution) {
        ClassArchives archives = new ClassArchives(distribution.classArchives(), fingerprint(distribution));
        try {
            Files.createDirectories(archives.directory);
            archives.deleteOthers();
        } catch (IOException e) {
            // Without a place to write there are no archives, and starts are slower: nothing else is lost.
            return archives;
        }
        return archives;
    }

    /** The JVM's flags: map the archive if there is one, else write it at the end. */
    List<String> flags(String kind) {
        if (Files.isRegularFile(archive(kind))) {
            return List.of(
                    "-XX:SharedArchiveFile=" + archive(kind), "-Xshare:auto", "-Xlog:disable", "-Xlog:all=error");
        }
        if (!Files.isWritable(directory)) {
            return List.of();
        }
        return List.of("-XX:ArchiveClassesAtExit=" + part(kind), "-Xlog:disable", "-Xlog:all=error");
    }

    /** Takes over what a process wrote when it ended by itself. */
    void adopt(String kind) {
        Path written = part(kind);
        if (!Files.isRegularFile(written)) {
            return;
        }
        try {
            Files.move(written, archive(kind), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot keep the class archive " + written, e);
        }
    }

    /** Drops what a process may have written before it was killed. */
    void discard(String kind) {
        try {
            Files.deleteIfExists(part(kind));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete " + part(kind), e);
        }
    }

    private Path archive(String kind) {
        return directory.resolve(kind + "-" + fingerprint + ".jsa");
    }

    private Path part(String kind) {
        return directory.resolve(kind + "-" + fingerprint + "." + owner + ".part");
    }

    private void deleteOthers() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!name.contains(fingerprint)) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    private static String fingerprint(Distribution distribution) {
        try (Stream<Path> files = Files.walk(distribution.directory())) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(System.getProperty("java.vm.version").getBytes(StandardCharsets.UTF_8));
            List<Path> jars = files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
            for (Path jar : jars) {
                String line = jar + " " + Files.size(jar) + " " + Files.getLastModifiedTime(jar) + "\n";
                digest.update(line.getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 8);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the distribution " + distribution.directory(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
