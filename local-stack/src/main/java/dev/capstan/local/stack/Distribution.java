package dev.capstan.local.stack;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import org.jspecify.annotations.Nullable;

/**
 * What the build put together: {@code lib/} with every jar, {@code registry/} with Apicurio, {@code parent-watch.jar}.
 *
 * @param directory the distribution's directory
 * @param java the Java program that children run on: the one that runs this JVM
 */
public record Distribution(Path directory, Path java) {
    private static final String DIRECTORY_PROPERTY = "capstan.dist";

    /**
     * Finds the distribution that this class was loaded from.
     *
     * @throws IllegalStateException if it was loaded from somewhere else, a directory of classes for example
     */
    public static Distribution locate() {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String given = System.getProperty(DIRECTORY_PROPERTY);
        if (given != null) {
            return new Distribution(Path.of(given).toAbsolutePath(), java);
        }
        Path jar = codeSource();
        Path library = jar == null ? null : jar.getParent();
        if (library == null || library.getParent() == null || !Files.isRegularFile(jar)) {
            throw new IllegalStateException(
                    "This code runs from " + jar + ", not from a distribution: start ./capstan, or "
                            + "set the system property " + DIRECTORY_PROPERTY);
        }
        return new Distribution(library.getParent(), java);
    }

    /** The jar whose manifest names every other jar of {@code lib/}, in a fixed order. */
    public Path applicationJar() {
        return single(directory.resolve("lib"), "local-stack-*.jar");
    }

    /** Apicurio's jar; its manifest names {@code registry/lib}. */
    public Path registryJar() {
        return single(directory.resolve("registry"), "apicurio-registry-app-*-runner.jar");
    }

    /** The jar with the watch on the parent alone. */
    public Path parentWatchJar() {
        return single(directory, "parent-watch*.jar");
    }

    /** Where archives of loaded classes are kept between starts. */
    public Path classArchives() {
        return directory.resolve("class-archives");
    }

    private static Path single(Path directory, String pattern) {
        Path newest = null;
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, pattern)) {
            for (Path candidate : found) {
                boolean newer = newest == null
                        || Files.getLastModifiedTime(candidate).compareTo(Files.getLastModifiedTime(newest)) > 0;
                newest = newer ? candidate : newest;
            }
        } catch (IOException e) {
            throw new IllegalStateException(incomplete(directory, pattern), e);
        }
        if (newest == null) {
            throw new IllegalStateException(incomplete(directory, pattern));
        }
        return newest;
    }

    private static String incomplete(Path directory, String pattern) {
        return "The distribution is not complete: " + directory + " has no " + pattern
                + ". Build it again: delete the directory and start ./capstan";
    }

    private static @Nullable Path codeSource() {
        CodeSource source = Distribution.class.getProtectionDomain().getCodeSource();
        try {
            return source == null ? null : Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("The code's location is no path: " + source.getLocation(), e);
        }
    }
}
